"""What may follow a noun within its eojeol."""

_PARTICLES = (
    "은 는 이 가 을 를 의 에 도 만 로 으로 와 과 랑 이랑 나 이나 씩 요 이요 에서 에는 에도 에만 에서는 에서도 "
    "에게 한테 께 까지 까지는 까지만 까지도 부터 부터는 보다 보다는 마다 밖에 라도 이라도 만에 만이 만을 만은 "
    "만의 로는 으로는 로도 으로도 로서 으로서 로써 으로써 처럼 만큼 대로 든 이든 든지 이든지 며 이며"
).split()
_COPULAS = (
    "고 이고 면 이면 지 이지 야 이야 죠 이죠 인 일 인지 인가 인가요 란 이란 라는 이라는 라고 이라고 라면 이라면 "
    "여서 이어서 라서 이라서 니까 이니까 거든요 이거든요 네요 이네요 에요"
).split()
_OPEN_COPULAS = "입니다 입니까 이었 였 인데 이라 이에 예요".split()  # whatever follows them

_CLOSED = "|".join([*_PARTICLES, *_COPULAS])
_OPEN = "|".join(_OPEN_COPULAS)

# After a noun: the end of the eojeol, a particle or a form of 이다 that ends it, or one that goes on.
AFTER_NOUN = rf"(?=(?:{_CLOSED})?(?![가-힣])|{_OPEN})"
