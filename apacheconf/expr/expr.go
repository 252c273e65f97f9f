package expr

// Text is replaced by the real one.
type Text struct{}
