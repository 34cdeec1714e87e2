package confusion

import "strings"

// cueLists are phrases of one to three words that say something about the writer's mind, by what they say. Commas part
// phrases; "?" is a word of its own. Lists grew from grammars of hedging (Hyland 1998) and from the definition of confusion.
var cueLists = []struct{ name, phrases string }{
	{"hedge", "maybe, perhaps, possibly, probably, presumably, apparently, supposedly, might, likely, somehow, seemingly, potentially, may be, could be, must be"},
	{"belief", "i think, i guess, i suppose, i believe, i assume, i suspect, i imagine, i thought, i expect, i expected, imo, imho, afaik, afaict, iirc, iiuc, my understanding, my guess, i'm guessing, i feel, i figured, if i understand, i assumed, my impression"},
	{"seeming", "seems, seem, seemed, looks like, appears, appear, sounds like, feels like, looks as"},
	{"vague", "kind of, sort of, kinda, somewhat, more or less, something like, or something, some kind"},
	{"unsure", "not sure, not certain, unsure, uncertain, not clear, unclear, not obvious, not entirely, not completely, not convinced, not confident, no clue, no idea, not aware, not familiar, hard to tell, hard to say, can't tell, cannot tell, don't remember, can't remember, in doubt, doubt, doubtful, no longer sure, not very clear, torn between, on the fence, hesitant, hesitate, clueless"},
	{"ununderstood", "don't understand, do not understand, didn't understand, can't understand, not understand, don't get, don't see, do not see, fail to see, don't follow, can't follow, don't know, do not know, didn't know, can't figure, can't see, cannot see, don't quite, don't really, not following, not understanding, trouble understanding, to understand, no sense, make sense, makes sense, hard to follow, still don't, not get, cannot understand, struggling, didn't get, never understood, i understand, do i understand, figure out, trying to figure, trying to understand, not getting, wasn't clear"},
	{"confused", "confused, confusing, confuses, confusion, puzzled, puzzling, baffled, baffling, lost, stuck, stumped, bewildered, perplexed, misunderstood, misunderstand, misunderstanding, misreading, misread, mistaken, mystified"},
	{"wondering", "wonder, wondering, curious, curiosity, wondered, just asking, just checking, out of curiosity"},
	{"surprise", "strange, weird, odd, oddly, strangely, surprised, surprising, surprisingly, unexpected, unexpectedly, suspicious, mysterious, bizarre, funny, interesting, interestingly, hmm, hm, hmmm, huh, wait, wtf, wth, what the, really, seriously, eh, curiously, supposed to, magically, no way, but then, lol, um, uh"},
	{"overlooked", "missing something, am i missing, i'm missing, i am missing, did i miss, i miss, overlooking, overlooked, i missed, what am i, i may have, i might have, something wrong"},
	{"why", "why, how come, the reason, any reason, reason why, reason for, reason to, a reason, rationale, motivation, motivated, motivates, justify, justification, the point, the purpose, purpose of, benefit of, the benefit, the intent, the intention, the advantage, what for"},
	{"meaning", "mean, means, meant, meaning, stands for, stand for, refer to, refers to, referring, what does, what do, what is this, what is that, what exactly, whats this, what's this, what's that, what did, what was, what were"},
	{"what", "what is, what's, whats, what are, what about, what kind, what if, which one, which, where is, where does, where are, who, when does, when is"},
	{"how", "how is, how are, how does, how did, how was, how come, how exactly"},
	{"howto", "how to, how do, how can, how would, how should, how could, how i, best way, better way, easiest way, a way to"},
	{"explain", "explain, clarify, clarification, elaborate, explanation, more detail, more details, more context, more info, more information, describe, more specific, spell out, shed some, walk me, eli5, in simple terms"},
	{"doublecheck", "is this right, is that right, is it right, is this correct, is that correct, is it correct, are you sure, you sure, am i right, am i doing, did i do, right ?, correct ?, no ?, is it ok, is this ok, is this the, is that the, any bug, any bugs, any error, any errors, any mistake, any mistakes, anything wrong, what's wrong, whats wrong, what is wrong, wrong here, wrong with, see any, does my, is my, will this, does this, would this, will it, does it, good idea, right way, correct way, makes sense ?, make sense ?, is it safe, really need, the error here, sure about, sure that"},
	{"denial", "nope, not what, that's not, that is not, this is not, it's not, this isn't, that isn't, i meant, i mean, i said, i asked, didn't ask, i wanted, as i said, you didn't, you did not, you forgot, you missed, you changed, you ignored, you removed, you are wrong, you're wrong, not correct, not right, not what i, misunderstood, wrong answer, read again, like i said, not asking, asked for, told you, i told, you skipped, you still, you keep, you just"},
	{"wrong", "wrong, incorrect, incorrectly, mistake, not correct, not right, inaccurate, false, contradicts, contradiction, contradictory, inconsistent, doesn't match, does not match, mismatch, differs, different from"},
	{"again", "again, still, already, same, once more, keeps, keep getting, every time, yet, another error, new error, same error, same thing, same problem"},
	{"shouldbe", "should be, should return, should have, should not, shouldn't, should give, should print, should equal, should output, should only, supposed to be, must return, must be, expected, expecting, expect, needs to be, has to be, instead of, instead, rather than, ought to, is not, does not"},
	{"failure", "error, errors, exception, traceback, fails, fail, failed, failing, failure, crash, crashes, crashed, broken, breaks, broke, doesn't work, does not work, not work, not working, didn't work, won't work, isn't working, stopped working, unable, bug, undefined, not defined, no output, nothing happens, hangs, invalid, no attribute, assertionerror, typeerror, valueerror, attributeerror, syntaxerror, nameerror, keyerror, indexerror, segfault, panic, not found, didn't help, no effect, no difference, no change, cannot be, doesn't do, does nothing, didn't do, doesn't return, doesn't compile, won't compile, wont work"},
	{"observed", "it says, says, i get, i got, i'm getting, im getting, getting, gives, gives me, get this, got this, returns, returned, it returns, prints, printed, shows, throws, threw, i see, i'm seeing, complains, it still, output is, the output, the result, result is, happens, happened, turns out, i tried, i ran, tried, when i run"},
	{"request", "write, create, generate, implement, make, build, give me, show me, add, remove, delete, convert, change, update, fix, refactor, rename, sort, return, find, calculate, compute, get, use, help me, debug, check, modify, transform, print, list, code for, function to, function that, script, split, replace, extract, read, parse, move, append, count, round, translate, rewrite, extend, complete"},
	{"polite", "can you, could you, would you, please, pls, i need, i want, i would like, i'd like, let's, can we, is there a, do you have, help me"},
	{"content", "thanks, thank you, thx, thank, lgtm, done, fixed, looks good, nice, great, awesome, perfect, agreed, good catch, will do, ack, cool, got it, works now, it works, that works, works fine, worked, makes sense, good point, sounds good, i see now, solved, exactly what, good to"},
	{"assent", "ok, okay, sure, yes, yep, yeah, no problem, of course, hello, hi, hey"},
	{"review", "review, ptal, ping, take a look, have a look, rebase, rebased, merge, merged, submit, verify, verified, patch set, uploaded, upload, abandon, cherry pick, land, commit message, approve"},
	{"advice", "any idea, any ideas, any suggestion, any suggestions, suggestions, advice, advise, thoughts, any thoughts, pointers, hint, do you think, wdyt, opinion, opinions, recommend, let me know, should i, should we, shall i, shall we, do you want, would it be, would you prefer, is it possible, is it worth, do i need, do we need, do i have, anyone know, someone, what should, which is better, is better, better to, how about, would that, would it"},
	{"alternative", "or should, or is, or are, or do, or does, or not, whether, either, or just, or maybe, versus, vs, or would, or was, or did, or something else, or am"},
	{"concern", "problem, problematic, issue, concern, concerned, concerns, worried, worry, worries, afraid, risk, risky, dangerous, hesitant"},
	{"tag", "isn't, aren't, doesn't, don't we, wouldn't, shouldn't we, couldn't, didn't, hasn't, haven't, won't it, won't this, don't you, isnt, doesnt, wasn't"},
	{"contrast", "but, however, although, though, except, whereas, even though, on the other, actually, in fact, oh, oops, ah"},
	{"i", "i, i'm, im, i've, i'd, my, me, i'll"},
	{"you", "you, your, you're, you've"},
	{"we", "we, our, us, we're"},
	{"it", "this, that, it, these, those, here, there, the above, above"},
}

// cueCount is len(cueLists). A set of cues is one word, which has room for openers and functionWord as well.
const cueCount = 37

// cueMask is the set of all cues.
const cueMask = 1<<cueCount - 1

// cueTable finds a phrase's cues by its hash, and what else is known of a word: open addressing, a third full at most.
type cueTable struct {
	keys [cueSlots]uint32
	cues [cueSlots]uint64
}

const cueSlots = 1 << 12

var phraseCues = newCueTable()

// functionWord marks words that say nothing about what a message is about.
const functionWord = 1 << 63

const functionWords = "a an the of to in on at by for from with into onto and or not is are was were be been am do does did has have had " +
	"can could should would will may must i you it we they he she me my your our this that these those there here what which who " +
	"how why when where if then so but as than just please also some any all"

func newCueTable() *cueTable {
	t := new(cueTable)
	for i, list := range cueLists {
		for phrase := range strings.SplitSeq(list.phrases, ", ") {
			t.add(phrase, 1<<i)
			if strings.Contains(phrase, "'") { // as people type it
				t.add(strings.ReplaceAll(phrase, "'", ""), 1<<i)
			}
		}
	}
	for i, words := range openerWords {
		for _, w := range words {
			t.add(w, 1<<(cueCount+i))
		}
	}
	for w := range strings.FieldsSeq(functionWords) {
		t.add(w, functionWord)
	}
	return t
}

// cueNamed is the set of the one cue with the name.
func cueNamed(name string) uint64 {
	for i, list := range cueLists {
		if list.name == name {
			return 1 << i
		}
	}
	panic("no cue " + name)
}

var (
	cueRequest = cueNamed("request") | cueNamed("polite")
	cueHowTo   = cueNamed("howto")
)

func (t *cueTable) add(phrase string, cues uint64) {
	var h uint32
	for i, w := range strings.Fields(phrase) {
		next := hashWord(w)
		if w == "?" {
			next = hashQuestion
		}
		if i == 0 {
			h = next
		} else {
			h = join(h, next)
		}
	}
	slot := h % cueSlots
	for t.keys[slot] != 0 && t.keys[slot] != h {
		slot = (slot + 1) % cueSlots
	}
	t.keys[slot] = h
	t.cues[slot] |= cues
}

// of returns the cues of an n-gram as a set of bits.
func (t *cueTable) of(h uint32) uint64 {
	for slot := h % cueSlots; t.keys[slot] != 0; slot = (slot + 1) % cueSlots {
		if t.keys[slot] == h {
			return t.cues[slot]
		}
	}
	return 0
}
