package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"
)

const deadline = 60 * time.Second

// A case fails by panicking; check, equal and ok do so.
func check(condition bool, format string, values ...any) {
	if !condition {
		panic(fmt.Sprintf(format, values...))
	}
}

func equal(found, expected any, what string) {
	check(reflect.DeepEqual(found, expected), "%s is %v, not %v", what, found, expected)
}

// The value of a call that must not fail.
func ok[T any](value T, err error) T {
	if err != nil {
		panic(err.Error())
	}
	return value
}

// fails checks that a call ended with an error of type E whose text holds `text`.
func fails[E error](err error, text string) {
	var expected E
	check(errors.As(err, &expected), "%v is no %T", err, expected)
	check(strings.Contains(err.Error(), text), "no '%s' in '%v'", text, err)
}

func waitUntil(condition func() bool, what string) {
	for end := time.Now().Add(deadline); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if condition() {
			return
		}
	}
	panic("not within the deadline: " + what)
}

func checkNow(t time.Time, what string) {
	check(time.Since(t).Abs() < time.Minute, "%s is %v, now is %v", what, t, time.Now())
}

var names int

func newName(what string) string {
	names++
	return fmt.Sprintf("%s-%x-%x-%d", what, os.Getpid(), time.Now().Unix(), names)
}

type judged struct {
	name string
	run  func()
}

// Why the case failed; empty: it did not.
func failure(c judged) (why string) {
	defer func() {
		if said := recover(); said != nil {
			why = strings.Join(strings.Fields(fmt.Sprint(said)), " ")
		}
	}()
	c.run()
	return ""
}

// The SDK closes its own connection when an answer comes before it has looked for the end of the request's body
// (aws-sdk-go-v2, issues 1825 and 2737): programs call again, and so does the judge, up to five times.
var clientsOwn = regexp.MustCompile("use of closed network connection|unexpected output result type: <nil>")

func passes(c judged) bool {
	why := failure(c)
	for again := 0; again < 5 && clientsOwn.MatchString(why); again++ {
		fmt.Fprintf(os.Stderr, "%s once more, after: %s\n", c.name, why)
		why = failure(c)
	}
	if why != "" {
		fmt.Printf("case %s failed: %s\n", c.name, why)
		return false
	}
	fmt.Printf("case %s ok\n", c.name)
	return true
}

// Runs the cases named on the command line, else all. Returns the exit code.
func runCases(all []judged) int {
	chosen := all
	if len(os.Args) > 1 {
		chosen = nil
		for _, name := range os.Args[1:] {
			c := judged{name, func() { panic("there is no such case") }}
			for _, known := range all {
				if known.name == name {
					c = known
				}
			}
			chosen = append(chosen, c)
		}
	}
	code := 0
	for _, c := range chosen {
		if !passes(c) {
			code = 1
		}
	}
	return code
}
