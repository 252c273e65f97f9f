module understudy

go 1.26.0

require (
	github.com/dlclark/regexp2 v1.12.0
	github.com/fsnotify/fsnotify v1.10.1
	golang.org/x/sys v0.49.0
	golang.org/x/tools v0.52.0
)
