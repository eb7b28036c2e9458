"""Encodings of other scripts, by real sentences: the hint names one that gives the text back."""

from __future__ import annotations

import pytest

from rnnkit.data.formats.scripts import encoding_of_script
from rnnkit.errors import RnnkitError
from tests.data.tables import cures, read

SENTENCES = {
    "russian": (
        "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива"
        " по-своему.",
        "Фильм понравился, но актёры играют слабо.",
        "Сегодня в Москве ожидается дождь, завтра будет солнечно.",
        "Не рекомендую: доставка опоздала на неделю!",
    ),
    "ukrainian": (
        "Усі люди народжуються вільними і рівними у своїй гідності та правах.",
        "Дуже гарний фільм, раджу подивитися всім.",
    ),
    "bulgarian": (
        "Всички хора се раждат свободни и равни по достойнство и права.",
        "Хотелът беше чист, но закуската не ни хареса.",
    ),
    "chinese": (
        "人人生而自由,在尊严和权利上一律平等。",
        "这部电影非常好看,演员的表演也很自然。",
        "质量太差了,用了两天就坏了,不推荐购买。",
        "今天北京的天气很好,我们去公园散步。",
        "服务员态度恶劣",
    ),
    "traditional": (
        "人人生而自由，在尊嚴和權利上一律平等。",
        "這部電影非常好看，演員的表演也很自然。",
        "昨天台北下了一場大雨，許多道路都淹水了。",
    ),
    "japanese": (
        "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
        "この映画はとても面白かったです。",
        "駅から近くて便利なホテルでした。",
        "データベースの接続に失敗しました。",
        "吾輩は猫である。名前はまだ無い。",
    ),
    "korean": (
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
        "영화가 정말 재미있었어요. 배우들의 연기도 훌륭합니다.",
        "배송이 너무 늦고 포장도 엉망이었습니다.",
        "오늘 서울의 날씨는 맑겠습니다.",
    ),
    "greek": (
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια.",
        "Η ταινία ήταν πολύ καλή.",
    ),
    "hebrew": ("כל בני אדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",),
    "arabic": ("يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.",),
    "thai": ("มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",),
}
ENCODINGS = {
    "russian": ("cp1251", "koi8-r", "cp866", "iso8859-5"),
    "ukrainian": ("cp1251",),
    "bulgarian": ("cp1251",),
    "chinese": ("gb18030", "gbk", "gb2312"),
    "traditional": ("big5",),
    "japanese": ("shift_jis", "euc_jp"),
    "korean": ("euc_kr", "cp949"),
    "greek": ("cp1253", "iso8859-7"),
    "hebrew": ("cp1255",),
    "arabic": ("cp1256",),
    "thai": ("cp874",),
}
EACH = [(language, name) for language, names in ENCODINGS.items() for name in names]


@pytest.mark.parametrize(("language", "encoding"), EACH)
def test_encoding_hint_names_one_that_gives_the_sentences(language: str, encoding: str) -> None:
    sentences = SENTENCES[language]
    if encoding == "iso8859-7":
        sentences = tuple(text.replace("\u0386", "\u0391") for text in sentences)
    every = [*((text,) for text in sentences), sentences, (*sentences, "plain ASCII, 12 km", "ok")]
    for texts in every:
        content = "".join(f"{text}\n" for text in texts).encode(encoding)
        with pytest.raises(RnnkitError, match=r"in\.txt") as caught:
            read(content, "txt")
        named = cures(str(caught.value))["encoding"]
        rows = read(content, "txt", encoding=named)
        assert [next(iter(row.values.values())) for row in rows] == list(texts), (texts, named)


@pytest.mark.parametrize(
    "text",
    [
        "le café était fermé, à côté de la forêt où l'été naît\n",
        "Die Größe der Tür übersteigt das Maß, so schön wäre es für Käufer\n",
        "El niño comió piñas y bebió café según la tradición española\n",
        "perché città più è così, università là giù\n",
        "Przyszła zima i spadł śnieg, źle się żyje\n",
        "the film\u2019s end \u2013 a \u201cgood\u201d one\n",
    ],
)
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "cp1250"])
def test_latin_letters_are_of_no_other_script(text: str, encoding: str) -> None:
    raw = text.encode(encoding, "ignore")
    assert encoding_of_script(raw, has_long_runs=False) is None
