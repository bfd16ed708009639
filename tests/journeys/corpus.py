"""Markup that tries to run something: every vector in several disguises, more than two hundred in all."""

CODE = "window.hit=1;alert(1)"

ELEMENTS = (
    "<script>{}</script>",
    "<script src=//x.invalid/x.js></script>",
    "<img src=x onerror='{}'>",
    "<svg onload='{}'>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin='{}' attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror='{}'>",
    "<iframe srcdoc='<script>{}</script>'></iframe>",
    "<iframe src='javascript:{}'></iframe>",
    "<object data='javascript:{}'></object>",
    "<embed src='javascript:{}'>",
    "<form action='javascript:{}'><input type=submit autofocus onfocus='{}'></form>",
    "<button formaction='javascript:{}' autofocus onfocus='{}'>x</button>",
    "<details open ontoggle='{}'><summary>x</summary></details>",
    "<body onload='{}'>",
    "<video><source onerror='{}'></video>",
    "<audio src=x onerror='{}'></audio>",
    "<input autofocus onfocus='{}'>",
    "<select autofocus onfocus='{}'></select>",
    "<textarea autofocus onfocus='{}'></textarea>",
    "<marquee onstart='{}'>x</marquee>",
    "<a href='javascript:{}'>x</a>",
    "<a href='data:text/html,<script>{}</script>'>x</a>",
    "<a href=' &#106;avascript:{}'>x</a>",
    "<link rel=stylesheet href='javascript:{}'>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<base href='javascript:{}//'>",
    "<style>@import 'javascript:{}';</style>",
    "<div style='background:url(javascript:{})'>x</div>",
    "<div hx-get='/logout/' hx-trigger=load>x</div>",
    "<div hx-on::load='{}'>x</div>",
    "<div data-autosave='/logout/' data-confirm='x'>x</div>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<template><script>{}</script></template>",
    "<xmp><script>{}</script></xmp>",
    "<!--><script>{}</script>-->",
    "<![CDATA[<script>{}</script>]]>",
    "<?php <script>{}</script> ?>",
    "[x](javascript:{})",
    "[x](JaVaScRiPt:{})",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "![x](javascript:{})",
    "![x](x \"onerror='{}'\")",
    "[x]: javascript:{}\n[x]",
    "<javascript:{}>",
    "`<script>{}</script>`",
    "```\n<script>{}</script>\n```",
    "> <script>{}</script>",
    "- <img src=x onerror='{}'>",
    "| a |\n|---|\n| <img src=x onerror='{}'> |",
    "{{{{ '{}' }}}}{{% debug %}}",
)


def disguises(markup: str) -> list[str]:
    """The markup plain, in capitals, broken by a line end, after a quote, after an open comment."""
    return [markup, markup.upper(), markup.replace(" ", "\n", 1), f"'\">{markup}", f"<!-- {markup}"]


CORPUS = [disguise for element in ELEMENTS for disguise in disguises(element.replace("{}", CODE).format())]
