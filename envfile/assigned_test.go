package envfile

import (
	"slices"
	"testing"
)

func TestReadAssigned(t *testing.T) {
	t.Parallel()
	a, ok := ReadAssigned([]byte("A=1\nexport B='x y' A=2\nif true; then\n  C=1\nfi; D=$(x)\ncat <<E\nx\nE\n"))
	if !ok || !slices.Equal(a.Order, []string{"A", "B", "D"}) || !slices.Equal(a.Values["A"], []string{"1", "2"}) || len(a.Statements) != 5 {
		t.Errorf("%+v", a)
	}
	if want := []int{3, 4, 5, 6, 7, 8}; !slices.Equal(a.Rest, want) {
		t.Errorf("the other commands stand in %v, want %v", a.Rest, want)
	}
	if _, ok := ReadAssigned([]byte("if\n")); ok {
		t.Error("it is no bash")
	}
}
