package keys

import (
	"testing"

	"sparkops/shell/shelltest"
)

func TestMain(m *testing.M) { shelltest.Main(m) }
