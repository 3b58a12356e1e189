"""A room in which people have talked: fifty messages as they are written, for whatever looks at the real page."""

import httpx

from tests.browser.served import Served

PEOPLE = ("阿明", "Mei", "小雨", "Tom", "老王", "")
TALK = """
0 大家早上好!
0 今天外面好冷,出门记得多穿一点
2 早呀~我还在被窝里 😂
1 Good morning everyone, is this the room for the Saturday hike?
3 Yes! We meet at the north gate at 8:30, the bus leaves at 8:45 sharp.
0 对,北门集合,别迟到哦
4 我可能要晚五分钟,地铁今天限流
3 No worries, I will keep you a seat.
1 What should I bring? I have never been up there in winter.
3 Warm gloves, water, something to eat, and shoes that don't mind mud.
3 And a torch, it gets dark before five now.
2 我带了姜茶,够六个人喝的
0 太好了!
5 Hi, can anybody join?
0 当然可以,欢迎欢迎
3 Sure, just tell us your name so that we can count you in.
5 I'm Lena, I moved here two weeks ago
1 Welcome Lena! The view from the second tower is worth the climb, promise.
4 路线在这里:https://www.openstreetmap.org/relation/1234567
4 全程大概九公里,爬升六百多米,正常走四个小时
2 四个小时……我已经开始后悔了
0 哈哈哈,走慢一点没关系,中间有休息的地方
3 There is a tea house half way, they make very good noodles.
1 Then I am definitely coming.
2 面!那我不后悔了
5 How much is the bus?
0 来回二十块,车上可以扫码
3 20 yuan both ways, you can pay on the bus, cash is fine too.
4 天气预报说下午有风,三到四级,山顶会更大
4 如果下雪就改到下周六,我早上六点半在这里通知大家
1 Six thirty in the morning, on a Saturday? You are a hero.
0 老王一直都是这么早起的
2 我妈也是……
3 Somebody should write down who comes. I have: Mei, Xiaoyu, Wang, Ming, Lena and me.
0 六个人,正好坐两排
5 Should I learn some Chinese until Saturday? 😅
2 “慢一点”和“我饿了”就够用了
5 màn yì diǎn, wǒ è le. Got it.
1 That is honestly all I ever say on these trips.
4 还有一件事:上次落在车上的那把蓝色雨伞是谁的?在我这里
2 我的我的!找了一个星期了,谢谢!
4 不客气,周六带给你
3 By the way, photos of the autumn trip are finally sorted, 312 of them, I'll bring them on a stick.
1 Can't wait to see them. Please not the one in which I eat.
3 Too late, that one is the cover.
0 哈哈哈哈哈
2 支持!
5 Now I have to see it.
0 那就这样定了,周六早上八点半,北门见!
3 See you all on Saturday, sleep well, and don't forget the gloves.
""".strip().splitlines()
ROOM = "周末爬山"


class Person:
    """Somebody with a browser without a script."""

    def __init__(self, site: str, room: str) -> None:
        self._http = httpx.Client(base_url=site, follow_redirects=True, headers={"Accept-Language": "en"})
        self._page = self._http.get(f"/r/{room}/").raise_for_status().url.copy_with(query=None)

    def takes(self, nickname: str) -> None:
        self._http.post(self._page.join("nickname"), data={"nickname": nickname}).raise_for_status()

    def says(self, text: str) -> None:
        self._http.post(self._page.join("messages"), data={"text": text}).raise_for_status()

    def leaves(self) -> None:
        self._http.close()


def talk(server: Served, room: str = ROOM) -> str:
    """Let them talk; answers the room's address. The server's limits must be off."""
    people = [Person(server.url, room) for _ in PEOPLE]
    for person, nickname in zip(people, PEOPLE, strict=True):
        if nickname:
            person.takes(nickname)
    for line in TALK:
        number, _, text = line.partition(" ")
        people[int(number)].says(text)
    for person in people:
        person.leaves()
    return f"{server.url}/r/{room}/"


