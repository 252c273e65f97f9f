package filecache

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/compat/internal/conftest"
)

func TestWarnings(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	os.WriteFile(there, nil, 0o644)
	for _, name := range []string{"CacheFile", "MMapFile"} {
		b := conftest.New(t, &Module)
		if err := (&conftest.Place{Host: b.Main}).Obey(name + " " + there + " " + dir + " " + dir + "/gone"); err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSpace(conftest.Warnings(b))
		for _, want := range []string{"AH00796: " + dir + " isn't a regular file, skipping",
			"(2)No such file or directory: AH00795: unable to stat(" + dir + "/gone), skipping"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: got %q, want %q in it", name, got, want)
			}
		}
		if strings.Contains(got, there+")") {
			t.Errorf("%s: got %q of a file that is there", name, got)
		}
	}
}
