package confusion

import "testing"

// held are messages in the project's own words that no model was trained on: short, implicit, sarcastic, non-native, plain
// requests full of question marks.
var held = []struct {
	channel      Channel
	confused     bool
	text         string
	user, answer string
}{
	// Terse.
	{Chat, true, "still broken", "fix the date picker", "I changed the locale."},
	{Chat, true, "it doesn't do anything", "add a hotkey", "I bound ctrl-k to the palette."},
	{Chat, true, "wrong file", "edit the changelog", "I edited README.md."},
	{Chat, true, "not what I wanted", "plot a histogram", "Here is a pie chart."},
	{Chat, true, "why?", "use a view", "Use a materialised view."},
	{Chat, true, "what?", "is it cached", "Caching is orthogonal to memoisation."},
	{Chat, true, "sure about that?", "is len constant time", "Yes, always."},
	{Chat, true, "same problem", "the socket leaks", "Close it in a defer."},
	{Chat, false, "now in go", "write fizzbuzz in c", "int main() { }"},
	{Chat, false, "next", "list the steps", "Step one."},
	{Chat, false, "thx a lot", "how do I stash changes", "git stash"},
	{Chat, false, "bubble sort python", "", ""},
	{Chat, false, "regex for phone numbers", "", ""},
	{Chat, false, "add docs", "write a ring buffer", "type Ring struct { }"},
	// What programs print.
	{Chat, true, "ValueError: invalid literal for int() with base 10: 'a'", "parse the numbers", "[int(x) for x in s.split()]"},
	{Chat, true, "Exception in thread \"main\" java.lang.ArrayIndexOutOfBoundsException: 5\n\tat Main.run(Main.java:17)", "", ""},
	{Chat, true, "Traceback (most recent call last):\n  File \"app.py\", line 7, in <module>\nIndexError: list index out of range", "print the last item", "print(xs[len(xs)])"},
	{Chat, true, "assert slug('A b') == 'a-b'\nAssertionError", "write slug", "def slug(s): return s.lower()"},
	{Chat, true, "AttributeError: 'NoneType' object has no attribute 'group'", "match the date", "re.match(p, s).group(1)"},
	{Chat, false, "NameError: name 'np' is not defined, add the missing import", "", ""},
	{Chat, false, "def add(a, b):\n    return a + b", "", ""},
	// Corrections and expectations after an answer.
	{Chat, true, "no, the key should stay, only the value changes", "update the entry", "I deleted and added the entry."},
	{Chat, true, "i meant the second loop", "unroll the loop", "I unrolled the first loop."},
	{Chat, true, "It should print 7, but it prints 8.", "count the vowels", "def count(s): return len(s)"},
	{Chat, true, "you forgot the case where the string is empty", "first character", "return s[0]"},
	{Chat, true, "that is still the old version, I asked for the new syntax", "use the match statement", "if x == 1: pass"},
	{Chat, true, "but it never gets called", "register a callback", "on_exit(callback)"},
	{Chat, true, "how to read a file line by line in lua", "how do I read a file line by line in lua", "Lua is a scripting language."},
	// Doubt and questions about the answer.
	{Chat, true, "is this correct?\nx = 5 if y else 3", "", ""},
	{Chat, true, "am i using the semaphore right?", "", ""},
	{Chat, true, "I don't understand why you need the lambda", "sort by name", "xs.sort(key=lambda x: x.name)"},
	{Chat, true, "what does yield do in that snippet?", "read it lazily", "for line in f: yield line"},
	{Chat, true, "can you explain what the flag means", "run it", "Run it with -race."},
	{Chat, true, "I'm not sure whether to use an enum or constants", "", ""},
	{Chat, true, "where does that number come from", "set the limit", "Set it to 4096."},
	{Chat, true, "what's wrong with my query\nSELECT * FROM t GROUP BY a", "", ""},
	// Sarcasm.
	{Chat, true, "great, it crashes even faster now", "fix the crash", "I removed the check."},
	{Chat, true, "brilliant, the error is gone and so is the output", "silence the error", "2>/dev/null"},
	// Non-native.
	{Chat, true, "the code is give error when i run", "make a calculator", "def calc(a, b): pass"},
	{Chat, true, "i not understand what is this line do", "sum all", "reduce(lambda a, b: a + b, xs)"},
	{Chat, true, "why is not work my function?", "", ""},
	{Chat, false, "please to write function which is give sum of two array", "", ""},
	{Chat, false, "how i can make loop in kotlin", "", ""},
	// Plain requests, with many question marks.
	{Chat, false, "can you write a class for a bank account? with deposit? and withdraw?", "", ""},
	{Chat, false, "how do I list the files in a folder? and filter by extension? in bash?", "", ""},
	{Chat, false, "could you convert this to a list comprehension please?", "", ""},
	{Chat, false, "what is the syntax of a switch in javascript?", "", ""},
	{Chat, false, "how do I check if a key exists in a map?", "", ""},
	{Chat, false, "is there a function to pad a string in ruby?", "", ""},
	{Chat, false, "can you generate test data? 100 rows? as csv?", "", ""},
	{Chat, false, "what about using a heap? write it with heapq", "k smallest", "sorted(xs)[:k]"},
	{Chat, false, "how would you do it with two columns", "sum a column", "df.a.sum()"},
	{Chat, false, "Write a function that takes a list of words and returns the longest one. Ties go to the first.", "", ""},
	{Chat, false, "how to get the current directory in perl", "how to create a directory in perl", "mkdir 'x';"},
	{Chat, false, "change the colour of the bars to green", "plot the bars", "plt.bar(x, y)"},
	{Chat, false, "also support utf-8", "read the file", "open(path)"},
	// Review comments.
	{Review, true, "I don't see why this has to be a singleton. What am I missing?", "", ""},
	{Review, true, "Hmm, not sure about this. Won't it deadlock if both are held?", "", ""},
	{Review, true, "What does this constant stand for? I can't find it in the spec.", "", ""},
	{Review, true, "Why is the timeout doubled here?", "", ""},
	{Review, true, "I'm confused, wasn't this removed last week?", "", ""},
	{Review, true, "Maybe I misunderstand the flow, but how can this branch ever be taken?", "", ""},
	{Review, false, "Please sort the imports.", "", ""},
	{Review, false, "Looks good to me, thank you!", "", ""},
	{Review, false, "Rebased, and fixed the typo in the test.", "", ""},
	{Review, false, "Tom, can you review this today?", "", ""},
	{Review, false, "> why twice?\n\nThe first call warms the cache. Added a comment.", "", ""},
	{Review, false, "Could you add a unit test for the error case?", "", ""},
	{Review, false, "This is fixed in the follow-up change.", "", ""},
	// Feedback.
	{Feedback, true, "I still don't know why it fails", "", ""},
	{Feedback, true, "I have no idea what the second paragraph means", "", ""},
	{Feedback, false, "quick and useful, thanks", "", ""},
	{Feedback, false, "please add support for swift", "", ""},
}

// TestHeldMessages wants five of six messages right. Single ones may be wrong: no tagger gets all of them.
func TestHeldMessages(t *testing.T) {
	tagger := newTestTagger(t)
	right := 0
	for _, h := range held {
		m := Message{Channel: h.channel, Text: h.text, User: tagger.Sketch(h.user), Assistant: tagger.Sketch(h.answer)}
		tag := tagger.Tag(m)
		if tag.Confused == h.confused {
			right++
		} else {
			t.Logf("%s %q: confused %v, score %.2f", h.channel, h.text, tag.Confused, tag.Score)
		}
	}
	if share := float64(right) / float64(len(held)); share < 0.85 {
		t.Errorf("%d of %d messages are right (%.2f), want at least 0.85", right, len(held), share)
	} else {
		t.Logf("%d of %d messages are right", right, len(held))
	}
}
