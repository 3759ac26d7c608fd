package regular

import (
	"testing"

	"sparkops/shell/shelltest"
)

func TestMain(m *testing.M) { shelltest.Main(m) }
