package main

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeSupportTable holds README's table to what the program says.
func TestReadmeSupportTable(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	support(&table)
	if !strings.Contains(string(readme), table.String()) {
		t.Error("the table of modules in README.md is not what `bin/understudy support` prints")
	}
}
