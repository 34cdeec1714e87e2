// Package engine finds weaknesses in fragments of code by rules that are data. It evaluates a fragment once from top to
// bottom (package syntax reads it), follows values through assignments, strings and calls, and asks at every call,
// assignment, string, reference and import the rules that look for just that name.
//
// What a value is known to be (value.go):
//
//   - how far it can be trusted: constant, cleaned, unknown, a parameter of the enclosing function, input of the local
//     process, or what a client sent;
//   - whether it was built from pieces by concatenation, interpolation or formatting, and its text with a hole for every
//     piece that isn't constant, so that a rule sees where in the statement a value lands;
//   - for which purposes it was cleaned (sql, command, path, html, url, ...);
//   - which library's function or type it comes from.
//
// It must not know any rule, quote code in what it returns, read the clock, or take more than linear time: the work is
// counted, and a fragment that needs too much is scanned in part and says so.
package engine
