package envfile_test

import (
	"testing"

	"sparkops/shell/shelltest"
)

func TestMain(m *testing.M) { shelltest.Main(m) }
