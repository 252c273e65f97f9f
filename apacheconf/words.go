package apacheconf

// Words is replaced by the real one.
func Words(s string) []string { return nil }
