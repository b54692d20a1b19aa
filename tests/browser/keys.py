"""Whatever can be clicked on a page is reached with the Tab key, and the focus is seen there (WCAG 2.1.1, 2.4.7)."""

from playwright.sync_api import Page

# Everything that a mouse could use. Of a group of radio buttons the keyboard takes one stop and then the arrows.
_WANTED = """() => {
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  const name = e => e.type === 'radio' ? 'radio ' + e.name : null, groups = new Set();
  window.wanted = [...document.querySelectorAll(all)].filter(e => {
    if (e.disabled || !e.checkVisibility({visibilityProperty: true})) return false;
    if (name(e) === null) return true;
    return groups.has(name(e)) ? false : groups.add(name(e));
  });
  window.reached = new Set();
  const first = window.wanted.find(e => e.matches('.usa-skipnav'));
  if (first) first.focus();
  return window.wanted.length;
}"""
# A box or radio of the style sheet shows its focus on the drawing beside the field.
_SEE = """() => {
  const e = document.activeElement, beside = e.nextElementSibling || e;
  const same = w => w === e || (w.type === 'radio' && e.type === 'radio' && w.name === e.name);
  const at = window.wanted.findIndex(same);
  const first = at >= 0 && !window.reached.has(at); // the picker inside a date field draws a focus of its own
  if (first) window.reached.add(at);
  const own = getComputedStyle(e), drawn = getComputedStyle(beside, '::before');
  const seen = own.outlineStyle !== 'none' || own.boxShadow !== 'none' || drawn.outlineStyle !== 'none';
  return first && !seen ? e.outerHTML.slice(0, 120) : '';
}"""
_LEFT = """() => window.wanted.filter((e, at) => !window.reached.has(at)).map(e => e.outerHTML.slice(0, 120))"""
STOPS = 6  # a date field is one field and up to five stops


def unreached(page: Page) -> list[str]:
    """Press Tab through the page; give what no key leads to, and what has the focus without showing it."""
    wanted, hidden = int(page.evaluate(_WANTED)), []
    for _ in range(STOPS * wanted):
        if found := page.evaluate(_SEE):
            hidden.append(f"the focus cannot be seen: {found}")
        if not page.evaluate("() => window.wanted.length - window.reached.size"):
            break
        page.keyboard.press("Tab")
    return hidden + [f"no key leads to {each}" for each in page.evaluate(_LEFT)]
