package lag

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Seconds is a time in seconds: +Inf is never, NaN is not known. JSON has null for both.
type Seconds float64

// Rate is a number of records per second, NaN when it is not known.
type Rate float64

var (
	unknown = Seconds(math.NaN())
	never   = Seconds(math.Inf(1))
)

func (s Seconds) known() bool { return !math.IsNaN(float64(s)) }
func (r Rate) known() bool    { return !math.IsNaN(float64(r)) }

// String prints for people.
func (s Seconds) String() string {
	switch {
	case !s.known():
		return "-"
	case s == never:
		return "never"
	case s < 10:
		return fmt.Sprintf("%.1fs", float64(s))
	case float64(s) > 10*365*24*3600:
		return "years"
	}
	d := time.Duration(s) * time.Second
	if days := d / (24 * time.Hour); days > 0 {
		return fmt.Sprintf("%dd%dh", days, d%(24*time.Hour)/time.Hour)
	}
	return d.String()
}

// String prints for people.
func (r Rate) String() string {
	if !r.known() {
		return "-"
	}
	return fmt.Sprintf("%.1f", float64(r))
}

// MarshalJSON writes null for what is no number.
func (s Seconds) MarshalJSON() ([]byte, error) { return number(float64(s)), nil }

// MarshalJSON writes null for what is no number.
func (r Rate) MarshalJSON() ([]byte, error) { return number(float64(r)), nil }

func number(f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null")
	}
	return strconv.AppendFloat(nil, f, 'f', 3, 64)
}
