package terms

import "strings"

// titleWords are what names of models that have spaces are made of, beside numbers: who makes them, their families, sizes and
// states.
var titleWords = wordsOf(`
ai21 alibaba amazon anthropic azure bedrock cohere deepseek google groq huggingface ibm meta microsoft mistral moonshot nvidia
ollama openai openrouter qwen together vertex xai
aya chatgpt claude codegemma codegen codellama codestral codex coder command composer copilot devstral falcon fable gemini gemma
glm gpt granite grok haiku jamba kimi llama magistral minimax mixtral nemotron nova opus phi pixtral sonnet starcoder wizard yi
agent auto base beta chat code devel distill experimental extended fast flash free high instruct it large latest legacy lite low
max maverick medium micro mini model nano plus preview pro quantized reasoning release scout small stable super thinking tiny
tools turbo ultra version vision with xhigh`)

func wordsOf(list string) map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		words[w] = true
	}
	return words
}

// Title reports whether a name with spaces is one of a model: of known words and numbers. Users give models names, too, and
// put their own into them.
func Title(s string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(s), func(c rune) bool { return strings.ContainsRune(" ._:+-/@", c) }) {
		if letters := strings.Trim(word, "0123456789"); len(letters) > 2 && !titleWords[word] && !titleWords[letters] {
			return false
		}
	}
	return strings.ContainsAny(s, "0123456789")
}
