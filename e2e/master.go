//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"
)

// MasterState is what a master says of itself and its workers at /json/.
type MasterState struct {
	URL     string `json:"url"`
	Status  string `json:"status"`
	Workers []struct {
		ID    string `json:"id"`
		Host  string `json:"host"`
		Port  int    `json:"port"`
		State string `json:"state"`
	} `json:"workers"`
}

// Alive counts the workers that the master lists as ALIVE, by address.
func (m MasterState) Alive() map[string]int {
	alive := map[string]int{}
	for _, worker := range m.Workers {
		if worker.State == "ALIVE" {
			alive[worker.Host]++
		}
	}
	return alive
}

// Total is the number of workers that are ALIVE.
func (m MasterState) Total() int {
	total := 0
	for _, n := range m.Alive() {
		total += n
	}
	return total
}

// Master asks the host's own master, from inside the host.
func (h *Host) Master(ctx context.Context) (MasterState, error) {
	client := http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{DialContext: h.Dial, DisableKeepAlives: true},
	}
	return ReadMaster(ctx, &client, net.JoinHostPort(h.Address, "8080"))
}

// ReadMaster asks the master whose web UI has that address.
func ReadMaster(ctx context.Context, client *http.Client, webUI string) (MasterState, error) {
	var state MasterState
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+webUI+"/json/", nil)
	if err != nil {
		return state, err
	}
	response, err := client.Do(request)
	if err != nil {
		return state, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&state); err != nil {
		return state, fmt.Errorf("reading the master's /json/: %w", err)
	}
	return state, nil
}
