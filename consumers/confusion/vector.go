package confusion

// Features is the number of features: Buckets of n-grams, then the dense ones.
const Features = Buckets + denseCount

// Vector is a message as training sees it: pairs of feature and value.
type Vector struct {
	Index   []uint32
	Value   []float32
	Meaning [2]int // from and to which of the features are those of MeaningBucket
}

// Vectorize returns a message's features, with the very values that a Tagger gives them.
func Vectorize(m Message) Vector {
	s, f := new(scanner), new(features)
	s.scan(m.Text)
	f.extract(&m, s, Key{})
	var v Vector
	for g, group := range f.hashed {
		if g == meaningGroup {
			v.Meaning = [2]int{len(v.Index), len(v.Index) + len(group)}
		}
		value := inverseRoot(len(group))
		for _, b := range group {
			v.Index = append(v.Index, b)
			v.Value = append(v.Value, value)
		}
	}
	for _, d := range f.dense {
		v.Index = append(v.Index, uint32(Buckets+d.id))
		v.Value = append(v.Value, d.value)
	}
	return v
}

// SketchOf sketches a message of the turn before for training and evaluation, where nothing needs a key.
func SketchOf(text string) Sketch {
	s := new(scanner)
	return s.sketch(text, Key{})
}

// MeaningBucket returns the feature of a word in lower case that training may set from the word's meaning.
func MeaningBucket(w string) uint32 { return bucket(meaningGroup, hashWord(w)) }
