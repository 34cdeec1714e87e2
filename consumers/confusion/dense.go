package confusion

import (
	"math"
	"math/bits"
)

// The dense features: cues, the message's shape, and how it relates to the turn before.
const (
	denseCue       = 0                        // occurs
	denseCueShare  = denseCue + cueCount      // how often, for the message's length
	denseCueAsked  = denseCueShare + cueCount // in a sentence with a question mark
	denseCueAfter  = denseCueAsked + cueCount // occurs after another turn
	denseOpener    = denseCueAfter + cueCount // how the message begins
	denseOpenAfter = denseOpener + openers    // the same, after another turn
	denseSize      = denseOpenAfter + openers // length in words, by classes
	denseShape     = denseSize + len(sizes) + 1
	denseTurn      = denseShape + shapes
	denseCount     = denseTurn + turns
)

// sizes are the upper bounds of the classes of length, in words.
var sizes = [...]int{0, 2, 4, 8, 16, 40, 100}

// How a message may begin.
const (
	openWhat = iota
	openWhy
	openHow
	openAuxiliary
	openRequest
	openI
	openIt
	openNo
	openBut
	openOther
	openers
)

// openerWords begin messages, by what they make of them.
var openerWords = [openOther][]string{
	openWhat:      {"what", "whats", "what's", "which", "where", "who", "when", "wht", "wat"},
	openWhy:       {"why"},
	openHow:       {"how", "hw"},
	openAuxiliary: {"is", "are", "does", "do", "did", "can", "could", "should", "will", "would", "was", "were", "has", "have", "am", "isn't", "doesn't", "aren't", "shouldn't", "wouldn't", "may", "any"},
	openRequest:   {"write", "create", "generate", "implement", "make", "build", "give", "show", "add", "remove", "delete", "convert", "change", "update", "fix", "refactor", "rename", "sort", "return", "find", "calculate", "compute", "get", "use", "help", "please", "check", "debug", "modify", "transform", "print", "list", "now"},
	openI:         {"i", "i'm", "i've", "im", "my", "we", "i'd"},
	openIt:        {"it", "this", "that", "the", "it's", "its", "there", "these", "those", "that's", "your", "you"},
	openNo:        {"no", "nope", "not", "wrong", "incorrect", "error", "still"},
	openBut:       {"but", "so", "and", "or", "then", "hmm", "wait", "ok", "okay", "actually", "again", "oh", "also"},
}

// Shapes.
const (
	shapeWords = iota
	shapeSentences
	shapeQuestions
	shapeQuestionShare
	shapeFirstAsks
	shapeLastAsks
	shapeNoQuestion
	shapeCode
	shapeTrace
	shapeQuote
	shapeHasCode
	shapeHasTrace
	shapeHasQuote
	shapeOnlyCode
	shapeOnlyTrace
	shapeWordsAndCode
	shapeTraceNoRequest
	shapeNames
	shapeOneSentence
	shapes
)

func (f *features) shape(m *Message, s *scanner, words int) {
	own, asks, names := 0, 0, 0
	var first, last *sentence
	for i := range s.sentences {
		st := &s.sentences[i]
		if st.kind != prose {
			continue
		}
		if first == nil {
			first = st
		}
		last = st
		own++
		if st.question {
			asks++
		}
		for _, t := range s.tokens[st.first:st.last] {
			if t.kind == identifier {
				names++
			}
		}
	}
	size := 0
	for size < len(sizes) && words > sizes[size] {
		size++
	}
	f.flag(denseSize+size, true)
	f.put(denseShape+shapeWords, float32(math.Log1p(float64(words)))/4)
	f.put(denseShape+shapeSentences, float32(math.Log1p(float64(own)))/3)
	f.put(denseShape+shapeQuestions, float32(math.Log1p(float64(asks)))/2)
	f.put(denseShape+shapeQuestionShare, float32(asks)/float32(max(1, own)))
	f.put(denseShape+shapeNames, float32(names)/float32(max(1, words)))
	f.flag(denseShape+shapeNoQuestion, asks == 0)
	f.flag(denseShape+shapeOneSentence, own == 1)
	if first != nil {
		f.flag(denseShape+shapeFirstAsks, first.question)
		f.flag(denseShape+shapeLastAsks, last.question)
		f.flag(denseOpener+opener(s.tokens[first.first]), true)
	}
	total := float32(max(1, s.bytes[prose]+s.bytes[code]+s.bytes[trace]+s.bytes[quote]))
	f.put(denseShape+shapeCode, float32(s.bytes[code])/total)
	f.put(denseShape+shapeTrace, float32(s.bytes[trace])/total)
	f.put(denseShape+shapeQuote, float32(s.bytes[quote])/total)
	f.flag(denseShape+shapeHasCode, s.bytes[code] > 0)
	f.flag(denseShape+shapeHasTrace, s.bytes[trace] > 0)
	f.flag(denseShape+shapeHasQuote, s.bytes[quote] > 0)
	f.flag(denseShape+shapeOnlyCode, words == 0 && s.bytes[code] > 0 && s.bytes[trace] == 0)
	f.flag(denseShape+shapeOnlyTrace, words == 0 && s.bytes[trace] > 0)
	f.flag(denseShape+shapeWordsAndCode, words > 0 && s.bytes[code] > 0)
	f.flag(denseShape+shapeTraceNoRequest, s.bytes[trace] > 0 && f.cues&cueRequest == 0)
}

func opener(t token) int {
	if set := phraseCues.of(t.hash) >> cueCount & (1<<openOther - 1); set != 0 {
		return bits.TrailingZeros64(set)
	}
	return openOther
}

// Relations to the turn before.
const (
	turnAny = iota
	turnSame
	turnWithin
	turnNear
	turnHalf
	turnFromReply
	turnNew
	turnApology
	turnReplyCode
	turnReplyAsks
	turnNoReply
	turnUserTrace
	turnUserCode
	turnTrace
	turnOnlyCode
	turnShort
	turnNoRequest
	turnStatement
	turnSameNoQuestion
	turnNameFromReply
	turns
)

// turn adds how the message relates to the turn before.
func (f *features) turn(m *Message, s *scanner, words int, key Key) {
	r := relate(m, s, key)
	for c := range cueCount {
		f.flag(denseCueAfter+c, f.cues>>c&1 == 1)
	}
	for _, st := range s.sentences {
		if st.kind == prose {
			f.flag(denseOpenAfter+opener(s.tokens[st.first]), true)
			break
		}
	}
	request := f.cues&cueRequest != 0
	f.flag(denseTurn+turnAny, true)
	f.put(denseTurn+turnSame, r.same)
	f.put(denseTurn+turnWithin, r.within)
	f.flag(denseTurn+turnHalf, r.same >= 0.5)
	f.flag(denseTurn+turnNear, r.same >= 0.75)
	f.put(denseTurn+turnFromReply, r.fromReply)
	f.put(denseTurn+turnNew, r.novel)
	f.flag(denseTurn+turnApology, m.Assistant.Apology)
	f.flag(denseTurn+turnReplyCode, m.Assistant.Code)
	f.flag(denseTurn+turnReplyAsks, m.Assistant.Asks)
	f.flag(denseTurn+turnNoReply, m.Assistant.Bytes == 0)
	f.flag(denseTurn+turnUserTrace, m.User.Trace)
	f.flag(denseTurn+turnUserCode, m.User.Code)
	f.flag(denseTurn+turnTrace, s.bytes[trace] > 0)
	f.flag(denseTurn+turnOnlyCode, words == 0 && s.bytes[code] > 0)
	f.flag(denseTurn+turnShort, words > 0 && words <= 4)
	f.flag(denseTurn+turnNoRequest, words > 0 && !request)
	f.flag(denseTurn+turnStatement, words > 0 && !request && f.cues&cueHowTo == 0)
	f.flag(denseTurn+turnSameNoQuestion, r.same >= 0.5 && !request)
	f.flag(denseTurn+turnNameFromReply, r.nameFromReply)
}

// relation is how much of a message was said before, by its words that carry meaning.
type relation struct {
	same          float32 // Jaccard similarity with the person's previous message
	within        float32 // share of the message that stood there
	fromReply     float32 // share that stood in the reply and not there
	novel         float32 // share that stood nowhere
	nameFromReply bool    // a name from the reply's code
}

func relate(m *Message, s *scanner, key Key) (r relation) {
	var all, user, reply, novel float32
	for _, st := range s.sentences {
		if st.kind == quote {
			continue
		}
		for _, t := range s.tokens[st.first:st.last] {
			if t.kind == question || t.kind == stop || phraseCues.of(t.hash)&functionWord != 0 {
				continue
			}
			w := keyed(t, m.Text, key)
			all++
			switch {
			case m.User.has(w):
				user++
			case m.Assistant.has(w):
				reply++
				r.nameFromReply = r.nameFromReply || st.kind == prose && t.kind == identifier
			default:
				novel++
			}
		}
	}
	if all == 0 {
		return r
	}
	r.within, r.fromReply, r.novel = user/all, reply/all, novel/all
	r.same = user / max(1, all+float32(len(m.User.Words))-user)
	return r
}
