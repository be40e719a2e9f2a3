package template

// The time that strftime_now tells.

import (
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
)

// Clock is a local time. The zero Clock is none: a template then finds strftime_now undefined, and most have a date of
// their own for that.
type Clock struct {
	Year                 int // 2026
	Month, Day           int // 1-12, 1-31
	Hour, Minute, Second int
}

var (
	months   = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	weekdays = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	// before is how many days of a common year come before a month.
	before = [...]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}
)

func (t Clock) function() *builtin {
	return &builtin{"format", 1, func(c *call) Value {
		format, ok := c.args[0].str, c.args[0].kind == kindText
		if !ok {
			return c.fail("the format is no text")
		}
		if t.Month < 1 || t.Month > 12 {
			return c.fail("the clock has no month ", strconv.Itoa(t.Month))
		}
		var b []byte
		for i := 0; i < len(format); i++ {
			if format[i] != '%' {
				b = append(b, format[i])
				continue
			}
			i++
			pad := true
			if i < len(format) && format[i] == '-' {
				pad = false
				i++
			}
			if i >= len(format) || strings.IndexByte("YmdHMSyBbAajIpeFT%", format[i]) < 0 {
				return c.fail("the format ", fault.Quote(format), " is outside the subset that chat templates need")
			}
			b = t.appendPart(b, format[i], pad)
			if !c.room(c.at, len(b)) {
				return Value{}
			}
		}
		return c.text(c.at, b)
	}}
}

func (t Clock) appendPart(b []byte, directive byte, pad bool) []byte {
	digits := func(n, width int) []byte {
		s := strconv.Itoa(n)
		for w := len(s); pad && w < width; w++ {
			b = append(b, '0')
		}
		return append(b, s...)
	}
	switch directive {
	case 'Y':
		return strconv.AppendInt(b, int64(t.Year), 10)
	case 'm':
		return digits(t.Month, 2)
	case 'd':
		return digits(t.Day, 2)
	case 'e':
		if t.Day < 10 && pad {
			b = append(b, ' ')
		}
		return strconv.AppendInt(b, int64(t.Day), 10)
	case 'H':
		return digits(t.Hour, 2)
	case 'I':
		return digits((t.Hour+11)%12+1, 2)
	case 'M':
		return digits(t.Minute, 2)
	case 'S':
		return digits(t.Second, 2)
	case 'y':
		return digits(t.Year%100, 2)
	case 'j':
		return digits(t.yearDay(), 3)
	case 'B':
		return append(b, months[t.Month-1]...)
	case 'b':
		return append(b, months[t.Month-1][:3]...)
	case 'A':
		return append(b, weekdays[t.weekday()]...)
	case 'a':
		return append(b, weekdays[t.weekday()][:3]...)
	case 'p':
		if t.Hour < 12 {
			return append(b, "AM"...)
		}
		return append(b, "PM"...)
	case 'F':
		return t.appendPart(append(t.appendPart(append(t.appendPart(b, 'Y', true), '-'), 'm', true), '-'), 'd', true)
	case 'T':
		return t.appendPart(append(t.appendPart(append(t.appendPart(b, 'H', true), ':'), 'M', true), ':'), 'S', true)
	}
	return append(b, '%')
}

func (t Clock) yearDay() int {
	n := before[t.Month-1] + t.Day
	if t.Month > 2 && (t.Year%4 == 0 && t.Year%100 != 0 || t.Year%400 == 0) {
		n++
	}
	return n
}

// weekday counts the days since a Sunday, the last day of the year 0 of the proleptic Gregorian calendar.
func (t Clock) weekday() int {
	y := t.Year - 1
	return ((y*365+y/4-y/100+y/400+t.yearDay())%7 + 7) % 7
}
