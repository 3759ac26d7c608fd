package commands

import (
	"context"
	"errors"
	"testing"

	"sparkops/inventory"
	"sparkops/spark"
)

func TestModesOfNewFiles(t *testing.T) {
	t.Parallel()
	p := &pushing{job: &job{}, Push: &spark.Push{Hosts: []inventory.Host{{Name: "a"}, {Name: "b"}, {Name: "c"}}}}
	f := spark.PushFile{Name: "spark-env.sh", Mode: map[string]string{}, Content: map[string][]byte{
		"a": []byte("A=1\n"), "b": []byte("SECRETS=(x y)\n"), "c": []byte("A=1\n"),
	}}
	if err := p.modes(t.Context(), f); err != nil || f.Mode["a"]+f.Mode["b"]+f.Mode["c"] != "064406000644" {
		t.Errorf("%v, %v", f.Mode, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("interrupted")
	cancel(why)
	if err := p.modes(ctx, f); !errors.Is(err, why) {
		t.Errorf("an interrupt is not noticed: %v", err)
	}
}
