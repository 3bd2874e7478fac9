TABLE = {
	"won": "₩",  # a tab, and it stays
	"euro": "€",
}


def symbol(name):
    return TABLE.get(name, "?")
