"""Words of documents that lie torn in them, as a word processor shows them: DOCX, XLSX, ODT and RTF."""

import time

import pytest

from broker.inlets import office_words, rtf_words, written

SAID = "my SmartHub password is Thimble!Gravel8"


def each(form: str) -> str:
    """Give the words, every letter of them in this form."""
    return "".join(form.replace("#", f"{ord(sign):02X}").replace("@", f"&#{ord(sign)};") for sign in SAID)


def run(words: str = "@", facts: str = "") -> str:
    return f"<w:r>{facts}<w:t xml:space='preserve'>{words}</w:t></w:r>"


HIDDEN = "<w:r><w:rPr>{}</w:rPr><w:t>qx</w:t></w:r>"
CHOICE = (
    "<mc:AlternateContent><mc:Choice Requires='x'>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent>"
)
TORN = {
    "by a sign of the end in a value": each(run() + '<w:bookmarkStart w:id="0" w:name="a>b"/>'),
    "by two of them": each(run() + """<w:bookmarkStart w:name='">"' w:id="'>"/>"""),
    "by remarks": each(run() + "<!-- a > b -->"),
    "by what is said to a program": each(run() + "<?x a > b ?>"),
    "by words that were taken out": each(run() + "<w:del><w:r><w:delText>qx</w:delText></w:r></w:del>"),
    "by commands of a field": each(run() + "<w:r><w:instrText>REF q</w:instrText></w:r>"),
    "by hidden words": each(run() + HIDDEN.format("<w:vanish/>")),
    "by white words": each(run() + HIDDEN.format('<w:color w:val="FFFFFF"/>')),
    "by words as small as dust": each(run() + HIDDEN.format('<w:sz w:val="2"/>')),
    "by the second way to write it": each(CHOICE.format(run(), run("qx"))),
    "by the first way to write it": each(CHOICE.format(run("qx"), run())),
    "by remarks at the side": each("<t:span>@</t:span><o:annotation><dc:creator>q</dc:creator></o:annotation>"),
    "by notes at the foot": each("@<t:note><t:note-body><t:p>qx</t:p></t:note-body></t:note>"),
    "by how it is spoken": each("<r><t>@</t></r><rPh sb='0' eb='1'><t>qx</t></rPh>"),
    "in signs by their numbers": each('<w:r><w:sym w:font="Arial" w:char="00#"/></w:r>'),
    "in signs of a page of their own": each('<w:r><w:sym w:font="Arial" w:char="F0#"/></w:r>'),
    "in numbers between lines": each("<t>_x00#_</t>"),
}


@pytest.mark.parametrize("how", TORN)
def test_words_are_put_together_that_are_torn(how: str) -> None:
    found, whole = office_words.of({"word/document.xml": f"<w:p>{TORN[how]}</w:p>"})
    assert any(SAID in text for text in found)
    assert whole


def test_words_that_are_marked_as_no_markup_are_words() -> None:
    torn = "".join(f"<![CDATA[{sign}]]>" for sign in SAID)
    assert office_words.of({"a.xml": f"<p>{torn}</p>"})[0][0].strip() == SAID


def test_shown_words_are_given_once_where_nothing_is_hidden() -> None:
    facts = "<w:rPr><w:vanish w:val='0'/><w:sz w:val='22'/><w:color w:val='C00000'/></w:rPr>"
    found, _whole = office_words.of({"a.xml": f"<w:p>{run('We ')}{run('work', facts)}</w:p>"})
    assert [each.split() for each in found[:-1]] == [["We", "work"]] * 2


LETTERS = "<t:span>@</t:span>"
FLAT = {
    "an open document": f"<o:document><o:body><t:p>{each(LETTERS)}</t:p></o:body></o:document>",
    "an older document": f"<w:wordDocument><w:body><w:p>{each(run())}</w:p></w:body></w:wordDocument>",
    "a package": f"<pkg:package><pkg:part><w:p>{each(run())}</w:p></pkg:part></pkg:package>",
    "a sheet": f"<Workbook><Row><Cell><Data>{each('<B>@</B>')}</Data></Cell></Row></Workbook>",
    "a drawing": f'<svg xmlns="http://www.w3.org/2000/svg">{each("<text>@</text>")}</svg>',
}


@pytest.mark.parametrize("what", FLAT)
def test_a_document_in_one_file_is_read_as_one_in_an_archive(what: str) -> None:
    data = f'<?xml version="1.0" encoding="UTF-8"?>\n{FLAT[what]}'.encode()
    read = written.read(data)
    assert any(SAID in text for text in read.texts)
    assert read.whole
    assert not read.closed
    assert written.read(data.replace(b"UTF-8", b"UTF-7")).closed


def test_a_feed_is_no_document() -> None:
    assert not office_words.is_flat('<?xml version="1.0"?><feed><entry><content/></entry></feed>')
    assert not office_words.is_flat("see <document>")


def test_signs_of_a_typeface_of_signs_are_no_letters() -> None:
    signs = each('<w:r><w:sym w:font="Wingdings" w:char="F0#"/></w:r>')
    assert not "".join(office_words.of({"a.xml": signs})[0][:-1]).strip()


@pytest.mark.parametrize("number", ["1", " 1 ", "\n1"])
@pytest.mark.parametrize("name", ["xl/sharedStrings.xml", "xl/other.xml"])
def test_a_cell_finds_its_words_whatever_their_part_is_called(name: str, number: str) -> None:
    strings = "<x:sst><x:si><x:t>Day</x:t></x:si><x:si><x:t>bluebird7</x:t></x:si></x:sst>"
    cells = f'<c t="inlineStr"><is><t>SmartHub password:</t></is></c><c t="s"><v>{number}</v></c>'
    found, _whole = office_words.of({name: strings, "a.xml": cells})
    assert any("SmartHub password:\t\tbluebird7" in text for text in found)


@pytest.mark.parametrize(
    "head",
    [
        '<?xml version="1.0" encoding="UTF-7"?>',
        "<?xml version='1.0' encoding='IBM037'?>",
        '<!DOCTYPE d [<!ENTITY a "blue"><!ENTITY b "bird7">]>',
    ],
)
def test_what_is_not_undone_is_not_read_to_its_end(head: str) -> None:
    assert not office_words.of({"a.xml": f"{head}<p>&a;&b;</p>"})[1]
    assert office_words.of({"a.xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><p>a</p>'})[1]
    assert office_words.of({"a.xml": '<?xml version="1.0" encoding="iso-8859-1"?><p>a</p>'})[1]


@pytest.mark.parametrize(
    "part",
    ["<![CDATA[", "<!--", "<", "<?", '<a b=">"', '<a b="x>" ', "<a '>", '<a "\u0027">\u0027', '<a ">"'],
)
def test_broken_markup_is_read_in_time(part: str) -> None:
    before = time.process_time()
    office_words.of({"a.xml": part * (1_000_000 // len(part))})
    assert time.process_time() - before < 5


def rtf(form: str) -> str:
    made = "".join(
        form.replace("@", sign).replace("#", f"{ord(sign):02x}").replace("~", str(ord(sign))) for sign in SAID
    )
    return rf"{{\rtf1\ansi\deff0{{\fonttbl{{\f0 Arial;}}}}{made}}}"


@pytest.mark.parametrize(
    "form",
    [
        r"@{\v qx}", r"@\v qx\v0 ", r"@\v qx\plain ", r"@{\*\foo qx}", r"@{\*\foo\plain qx}", r"@{\deleted qx}",
        r"@{\*\bkmkstart q}", r"@{\v {q}x}", r"\uc1 \u~ q", r"{\uc0 }\u~q", r"\uc1 \u~ \'71", r"\uc0\u~ ",
        r"\'#{\footnote qx}",
    ],
)  # fmt: skip
def test_words_of_rtf_are_put_together_as_they_are_shown(form: str) -> None:
    found, whole = rtf_words.of(rtf(form))
    assert found[-1].endswith(SAID)
    assert whole


def test_rtf_begins_as_word_processors_ask_for() -> None:
    assert rtf_words.is_rtf(r"{\rt a}")
    assert rtf_words.is_rtf(r"{\rtf1 a}")
    assert not rtf_words.is_rtf("a")


def test_letters_by_their_numbers_in_fields_are_not_read_to_their_end() -> None:
    assert not rtf_words.of(rtf(r'{\field{\*\fldinst SYMBOL ~ \\f "Arial"}{\fldrslt }}'))[1]
    assert rtf_words.of(r'{\rtf1{\field{\*\fldinst SYMBOL 183 \\f "Symbol"}{\fldrslt }}a}')[1]
