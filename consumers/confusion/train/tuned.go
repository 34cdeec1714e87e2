package train

// The settings, chosen by cross-validation on the developer sets: the figures on the same folds flatter them.
const (
	denseScale    = 0.2
	hashedScale   = 0.16
	meaningScale  = 0.05
	emotionWeight = 0.2 // everyday talk, labelled for another construct
	ownWeight     = 1.0 // written by one person, for this
	chatWeight    = 2.0 // an eighth of the messages, half of the purpose
)

var (
	tagSettings    = settings{cost: 2, own: 3, epochs: 15}
	reasonSettings = settings{cost: 1, epochs: 15}
)
