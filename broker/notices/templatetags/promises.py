"""`{% promise "mark" %}`: says nothing, and ties the sentence after it to the test that proves it."""

from django import template
from django.template.base import Node, Parser, TextNode, Token

from broker.notices.promises import PROMISES

register = template.Library()


@register.tag
def promise(_parser: Parser, token: Token) -> Node:
    """Take the mark of a promise; raises TemplateSyntaxError for one that `broker.notices.promises` does not list."""
    parts = token.split_contents()
    if len(parts) != 2 or parts[1].strip("\"'") not in PROMISES:
        raise template.TemplateSyntaxError(f"{token.contents}: no such promise")
    return TextNode("")
