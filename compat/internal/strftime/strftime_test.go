package strftime

import (
	"testing"
	"time"
)

func TestAppend(t *testing.T) {
	at := time.Date(2026, 1, 4, 15, 7, 9, 0, time.FixedZone("CET", 3600)) // a Sunday
	tests := []struct{ format, want string }{
		{"%d/%b/%Y:%H:%M:%S %z", "04/Jan/2026:15:07:09 +0100"},
		{"%a %A %B %h %Z", "Sun Sunday January Jan CET"},
		{"%c|%D|%F|%r|%R|%T", "Sun Jan  4 15:07:09 2026|01/04/26|2026-01-04|03:07:09 PM|15:07|15:07:09"},
		{"%C %g %G %j %u %w %U %V %W", "20 26 2026 004 7 0 01 01 00"},
		{"%k|%l|%I|%P|%e", "15| 3|03|pm| 4"},
		{"%s %% %Ey %Od %q %", "1767535629 % 26 04 %q %"},
	}
	for _, tt := range tests {
		if got := string(Append(nil, tt.format, at)); got != tt.want {
			t.Errorf("Append(%q) = %q, want %q", tt.format, got, tt.want)
		}
	}
}
