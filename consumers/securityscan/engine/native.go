package engine

// natives are the analyses that need more than names and values: rules name them as native.
var natives = map[string]func(*evaluation, *matcher){
	"javascript-prototype-pollution": prototypePollution,
}
