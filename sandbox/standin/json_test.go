package standin_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sparkops/sandbox/standin"
)

// read returns the JSON object at /json, with the redirect that Jetty makes.
func read(t *testing.T, p *process) map[string]any {
	t.Helper()
	address := regexp.MustCompile(`started at (http://\S+)`).FindStringSubmatch(p.await(t, "and started at http"))[1]
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(address + "/json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.Header.Get("Content-Type") != "text/json;charset=utf-8" {
		t.Errorf("Content-Type: %s", answer.Header.Get("Content-Type"))
	}
	var v map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func fields(v map[string]any) string { return strings.Join(slices.Sorted(maps.Keys(v)), " ") }

// The fields are those of Spark 3.5's JsonProtocol.
func TestJSON(t *testing.T) {
	t.Parallel()
	m := java(t, "", standin.MasterClass, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
	url := regexp.MustCompile(`spark://\S+`).FindString(m.await(t, "New state: ALIVE"))
	w := java(t, "", standin.WorkerClass, "--webui-port", "0", "-c", "4", "-m", "2g", "spark://127.0.0.1:1,"+strings.TrimPrefix(url, "spark://"))
	w.await(t, "Successfully registered with master "+url)

	view := read(t, m)
	if got, want := fields(view), "activeapps activedrivers aliveworkers completedapps completeddrivers cores coresused memory memoryused resources resourcesused status url workers"; got != want {
		t.Errorf("master: %s", got)
	}
	worker := view["workers"].([]any)[0].(map[string]any)
	if got, want := fields(worker), "cores coresfree coresused host id lastheartbeat memory memoryfree memoryused port resources resourcesfree resourcesused state webuiaddress"; got != want {
		t.Errorf("worker of the master: %s", got)
	}
	if worker["cores"] != 4.0 || worker["memoryfree"] != 2048.0 || worker["resources"] == nil {
		t.Errorf("worker: %v", worker)
	}
	own := read(t, w)
	if got, want := fields(own), "cores coresused executors finishedexecutors id masterurl masterwebuiurl memory memoryused resources resourcesused"; got != want {
		t.Errorf("worker: %s", got)
	}
	if own["masterurl"] != url || own["id"] != worker["id"] {
		t.Errorf("worker: %v", own)
	}

	// A worker that stops is DEAD at once, and stays listed.
	w.term()
	w.code()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		view = read(t, m)
		worker = view["workers"].([]any)[0].(map[string]any)
		if worker["state"] == "DEAD" && view["aliveworkers"] == 0.0 && view["cores"] == 0.0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("not DEAD: %v", view)
		}
	}
}

// A standby answers, and takes nobody.
func TestStandby(t *testing.T) {
	t.Parallel()
	m := java(t, "SPARKOPS_STANDIN_STANDBY=1", standin.MasterClass, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
	m.await(t, "started at")
	url := regexp.MustCompile(`spark://\S+`).FindString(m.log())
	w := java(t, "", standin.WorkerClass, "--webui-port", "0", url)
	w.await(t, "Retrying connection to master (attempt # 1)")
	if view := read(t, m); view["status"] != "STANDBY" || len(view["workers"].([]any)) != 0 {
		t.Errorf("master: %v", view)
	}
	if own := read(t, w); own["masterurl"] != "" {
		t.Errorf("worker: %v", own)
	}
}
