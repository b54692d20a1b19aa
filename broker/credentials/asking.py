"""How people ask for a login, in English and Spanish (rules)."""

import re

THING = re.compile(
    r"\b(?:pass ?words?|pws?|pswd|pass ?codes?|pass ?phrases?|passwd|pwd|contrase[nñ]as?|"
    r"claves?(?: de acceso)?|pins?|nip|"
    r"log[ -]?ins?(?: info\w*| details?| name| data)?|log-?ons?|"
    r"sign[ -]?ins?(?! (?:front|ink|blue|black|person|full|both|all|two|triplicate|duplicate|the presence)\b)"
    r"(?: info\w*| details?)?|(?:sign-?ons?|(?<='s )sign ons?)(?: info\w*| details?)?(?! (?:as|to|with|"
    r"and|page)\b)|"
    r"credentials?|creds|credenciales|datos de (?:acceso|ingreso|usuario)|"
    r"user ?(?:names?|id)(?:/| and| &)|usuario y|"
    r"(?:one[ -]time|verification|security|access|sign[ -]?in|log-?in|log-?on|texted|six[ -]digit|6[ -]digit|2fa|"
    r"mfa|two[ -]factor|authentication|authenticator|confirmation|backup|recovery) (?:codes?|numbers?)|"
    r"security (?:answers?|questions?)|secret answers?|"
    r"c[oó]digo (?:de (?:verificaci[oó]n|acceso|seguridad|un solo uso|ingreso)|que (?:le|te|les) \w+|"
    r"que (?:acaba\w* de recibir|recib\w+))|"
    r"(?:session )?cookies?|recovery link|reset (?:link|e-?mail|message|text)|otp|(?:smart ?hub|portal|web ?site|"
    r"web|online) (?:pass|key|word|creds?|user and)|"
    r"sign[ -]?[io]n (?:number|text|message)s?|"
    r"(?<!account )(?<!acct )(?<!meter )(?<!zip )(?<!rate )(?<!case )(?<!invoice )(?<!tracking )(?<!phone )(?<!cuenta )"
    r"(?:codes?|numbers?|digits) (?:that |"
    r"which )?(?:you (?:have |just )?(?:receive|"
    r"received|get|got|are sent|were sent|see)|"
    r"(?:just )?(?:came|comes|arrived|arrives|popped up) (?:to|on|in|by) (?:your|the) (?:phone|cell|text|mobile)|"
    r"(?:smart ?hub|the (?:portal|app|co-?op|site)|they|it) (?:just |"
    r"will |has )?"
    r"(?:texts?|sends?|sent|texted|e-?mails?|e-?mailed|shows?|gives?))|"
    r"(?:code|numbers?|digits) (?:from|off|in|on) (?:your|the) (?:phone|text|text message|sms|app|authenticator)|"
    r"what(?:ever)? you (?:use|type|enter|put in) (?:in )?(?:to|when you) (?:log|sign|get) (?:in|on)\w*|"
    r"how you (?:log|sign|get) (?:in|on)(?:to)?(?! touch)|"
    r"(?:the (?:thing|word|one|line)|what) (?:you|he|she|they) (?:signs?|logs?|gets?) (?:in|on)(?: with)?|"
    r"(?:con qu[eé]|lo que|la palabra con que) (?:usted )?(?:entra|teclea) (?:usted|ella|a la|al)|"
    r"access to your (?:smart ?hub|portal|online|web|utility))\b"
)
ASK = re.compile(
    r"\b(?:send|share|give|provide|supply|text|answer (?:this|the (?:mail|message|e-?mail|text)|us|me|back)\b|(?<!your "
    r")(?<!by )(?<!an )(?<!this )(?<!the )(?<!our )(?<!via )(?<!in )e-?mail(?! address)|forward|(?<!e-)mail (?:me|"
    r"us|it to|over)|tell|reply|consegu\w+|consig\w+|"
    r"respond|submit|"
    r"confirm|furnish|include|attach|fill in|write|jot|read|dictate|shoot|drop|pass|hand|slip|fax|upload|paste|list|"
    r"message (?:us|me)|disclose|reveal|verify|relay|call (?:us|me|in) with|come back with|get back to (?:us|"
    r"me) with|"
    r"need|needs|needed|want|(?<!your )(?<!this )(?<!the )(?<!our )(?<!a )request|"
    r"requires?|(?:is|are) required|looking for|waiting (?:on|for)|missing|lack|"
    r"what(?:'s| is| are| was)|which|let (?:me|us) (?:have|know|borrow|use)|have you got|got (?:your|the)|"
    r"may (?:i|we) have|have (?:your|the)|borrow|(?:it|that) takes is|all we need is|we (?:also |can |"
    r"do )?(?:accept|take|collect)|tiene(?:s|n)?|do you (?:have|remember|know)|"
    r"(?:can|could|may|might) (?:i|we) (?:please |just )?(?:get|have|borrow|use|see)|(?:mind|consider|by|of|by|"
    r"start) (?:send|shar|giv|confirm|verify|supply|enter|repl|"
    r"provid|tell|e-?mail|text|forward)ing|leave|ask (?:[\w'-]+ {1,2}){0,3}for|get (?:the |her |his |their |me |"
    r"us )|obtain|collect|"
    r"(?:re)?env[ií]\w+|mand[ae]\w*|m[aá]nd\w+|compart(?:a|an|e|es|i[ée]ndo|[íi]r?[nm]\w+)\b|comp[á]rt\w+|d[eé]nos|"
    r"d[eé]me|d[aá]nos|dar\w*|das|proporci[oó]n\w*|"
    r"d[ií]ga\w*|d[ií]nos|dime|pas(?:ar|e|a|en)\w*|p[aá]s(?:e|a)\w+|necesit\w+|indi(?:que|car)\w*|facil[ií]t\w+|"
    r"escr[ií]b\w+|"
    r"resp[oó]nd\w+|cont[eé]st\w+|cu[aá]l(?:es)? (?:es|son|era)|anot(?!her)\w+|h[aá]g\w+ llegar|d[ií]ct\w+|requer\w+|"
    r"ocup(?:o|amos)|falta)\b"
)
YOURS = re.compile(
    r"\b(?:your|ur|you use|you have|you sign|you log|su|sus|tu|tus|usted|the (?:member|customer|owner|"
    r"holder|user|client|tenant)|(?:member|customer|client|owner|tenant|user)'s?|"
    r"their|his|her|you|[a-z]+'s (?:smart ?hub|portal|electric\w*|power|co-?op|login|log-in|sign[ -]?[io]n|pass\w*|"
    r"pin)|"
    r"(?:mrs?|ms|miss|dr|do[nñ]a?|se[nñ]or\w*)\.? \w+|inquilin\w+|(?:al|del) (?:cliente|socio|due[nñ]o)|"
    r"el (?:cliente|socio|due[nñ]o)|vecin\w+)\b"
)
NOT = re.compile(
    r"\b(?:no|not|never|don't|dont|doesn't|won't|cannot|can't|without|nor|nobody|neither|isn't|shouldn't|"
    r"mustn't|wouldn't|needn't|nunca|jam[aá]s|ni|sin|tampoco|nadie|no one|refuse[sd]?|anyone|someone|somebody|"
    r"anybody|"
    r"whoever|if (?:he|she|they|any)|si alguien|stop(?:ped)?|reset|change|chang(?:ed|ing)|forgot\w*|"
    r"(?<!will )(?<!'ll )keep (?:your |the |all )?(?:\w+ )?(?:pass|login|log|pin|code|sign|user|it|them|secret|"
    r"private|safe)\w*|beware|phish\w*|scam\w*|"
    r"fraud\w*|aren't|prohibit\w*|forbid\w*|avoid|rather than|instead of|ningun[ao]?|own|restablec\w+|cambi\w+|"
    r"olvid\w+|yourself|propi[ao]s?|nothing (?:herein|here|in|on)|couldn't tell|"
    r"(?:letter|firm|caller|someone else|they|he|she) asked (?:you )?for|leave [^.]{0,60}\bout\b|asked (?:if|"
    r"whether)|preguntan? si|"
    r"if [^,.]{0,40}\basks?|do i|should i|must i|will you|do you (?:need|want|ask|require|take)|"
    r"(?:does|do|did) (?:your|the|it|they|nectar|obec)(?: [\w'-]+){0,3}? (?:need|want|ask|require|take|store|keep|use)|"
    r"(?:mandan|piden|necesitan|guardan|usan|requieren|almacenan|aceptan) (?:el |la )?(?:usuario|contrase|clave)|"
    r"leave (?:your|the) \w+ (?:at )?home|si (?:le|les|te) (?:hablan|llaman|marcan|escriben|piden)|"
    r"circulando|estafa\w*|fraude\w*|avisaron que|(?:message|letter|text|mail|mensaje(?: de texto)?|carta)s? "
    r"(?:read|reads|said|says|that (?:reads?|says?|said)|saying|que dic\w+)[^.\"]{0,20}\"|we wrote that|"
    r"(?:told|tells?|telling) (?:visitors?|members?|people|customers?|callers?|folks|growers?|tenants?|everybody|them) "
    r"(?:to|that)|"
    r"insist(?:s|e|en|i[oó]|ieron) (?:on|en|que)|keypad|garage|"
    r"wi-?fi[ -]?(?:pass\w*|key)|shall not|quiso (?:dictar|dar|mandar|pasar|decir)\w*|keeping (?:your|it|them)|"
    r"(?<!we )(?:is|are|was|were|keeps?) (?:phoning|calling|texting|knocking|going|writing)[^.]{0,30} asking|"
    r"need to share|policy|policies|rule|rules|removed|deleted|declin(?:e[sd]?|ing)|none|void|blank|unread|"
    r"rechaz[oó]|(?:gate|door) (?:stops|keeps|holds)|stays yours)\b"
)
# The negation belongs to what we could not do: that asks all the same.
WITHOUT = re.compile(
    r"\b(?:can(?:'t|not)|could(?:n't| not)|unable|won't|not able|no way|impossible|never|nothing|no podemos|"
    r"imposible)\b"
    r"[^.]{0,60}\b(?:without|unless (?:we have|you (?:send|give|share))|until (?:we have|you (?:send|give|"
    r"share))|sin)"
    r"(?: (?:the|your|su|having|a|his|her|their|member's))*\s(?:\w+ ){0,4}?"
)
OWN_CODE = re.compile(
    r"\bwe (?:will |just )?(?:sen[dt]|e-?mail(?:ed)?|mail(?:ed)?|text(?:ed)?) (?:you|a|an|the|it|this|that|"
    r"six)\b|encabezado|header|(?:from|in|of) (?:our|this|the) e-?mail|broker\.example|"
    r"le enviamos|make (?:new )?recovery codes|"
    r"que enviamos|our (?:page|site|form)|"
    r"\b(?:code|c[oó]digo de verificaci[oó]n) [0-9a-z]{4}-[0-9a-z]{4}\b"  # of a letter: it stands in it for anybody
)
# What an ask is to spare somebody is no refusal: "so that you need not drive in, reply with your password".
PURPOSE = re.compile(
    r"\bpara (?:que )?no (?:tener que )?(?:tenga que )?(?:hacer|molest|quit|ir|venir|esper|perder)\w*\b"
    r"[^,.;]{0,50}[,.;]|"
    r"\b(?:to|para) (?:avoid|evitar\w*)\b(?! \w*(?:shar|send|giv|fraud|scam|phish|comp|env|mand|estaf))[^,.;]{3,60},|"
    r"\b(?:rather than|instead of|en vez de) (?:issu|wait|mail|writ|driv|print|fax|go|another|otra?|esper|imprim)\w*"
    r"[^,.;]{0,40},|"
    r"\band (?:will )?not (?:hold|keep|bother|trouble|waste|cost) (?:you|him|her|them|your|his)\b[^.;]{0,60}|"
    r"\bso (?:that )?(?:you|we|he|she|they) (?:do(?:es)? ?n[o']t|need ?n[o']t|need not|won't) (?:have |need )?(?:to )?"
    r"(?:come|drive|wait|travel|stop|call|print|bother|lose|make)\b[^,.;]{0,50}[,.;]"
)
FIRST = re.compile(r"^\W*(?:i|my|mi|yo|we're|i'm|i've)\b")
# A verb behind the thing asks for it only if it has no other object.
BACK = re.compile(
    r"[\w-]+ (?:(?:it|them|that|those|both|these)\b|(?:to |back to |over to )?(?:us|me|back|over|"
    r"here)\b(?: (?:to us|please|today|"
    r"by \w+|at \S+|here|now|asap)){0,3}\W*(?:$|[.!,;]))|(?:nos|nosotros|aqu[ií])\b|required\b|(?:is|are) required\b"
)
THAT = re.compile(r"[\w-]+ (?:it|them|both|that|this|those)\b")
WITH = re.compile(
    r"\b(?:with|using|enter|type|into|con|usando|remember|know|by)\s+(?:your|su|tu|the|a|its|his|her|"
    r"their)\s+(?:[\w-]+ ){0,3}$"
)
# The next sentence asks for what this one names: "You will get a code. Forward it to us."
THEN = re.compile(
    r"\W*(?:please |just |then |kindly |simply |por favor,? )*(?:send|share|forward|text|e-?mail|give|read|"
    r"tell|reply with|pass|shoot|m[aá]nd\w+|env[ií]\w+|d[ií]ga\w+) "
    r"?(?:it|them|both|that|those|us both|us the|lo|los|la)\b"
    r"(?! again,? (?:with only|without|only|this time)|(?: de nuevo| otra vez)?,? sin\b)"
)
REFUSES = re.compile(r"\b(?:not|never|nor|nunca|our (?:page|site)|we (?:sent|e-?mailed)|reset|cannot|can't)\b")
TITLE = re.compile(r"\b(Mrs|Mr|Ms|Dr|Sr|Sra|Srta)\.")
# A form with blanks for a login that is to come back.
BLANKS = re.compile(
    r"\b(?:pass ?word|pin|contrase[nñ]a|clave)\b[ :.]{0,3}_{3,}[^\n]{0,60}\b(?:required|return|fill (?:in|"
    r"out)|complete|send|mail back|devuelva|llene|obligatorio)\b|"
    r"\b(?:required|return|fill (?:in|out)|complete|send|llene)\b[^\n]{0,60}\b(?:pass ?word|pin|contrase[nñ]a|"
    r"clave)\b[ :.]{0,3}_{3,}"
)
TYPE_IT = re.compile(
    r"\b(?:code|numbers?|digits|c[oó]digo)\b[^.\n]{0,60}\b(?:type|enter|put|write|paste|copy|"
    r"escr[ií]b\w+) ?(?:it|them|lo)? (?:in|into|on|to|en) (?:your (?:answer|reply|response)\b|this (?:mail|"
    r"e-?mail|chat|form|message)|"
    r"here|the (?:reply|chat|form)|su respuesta)"
)
HERE = re.compile(r"\b(?:enter|type|put|fill in|escriba|ingrese|write|give)\b[^.]{0,40}$")
BELOW = re.compile(
    r"^[^.]{0,40}\b(?:below|in (?:the|this|our) (?:form|box|field|reply)|here|abajo|en este formulario|"
    r"aqu[ií]|so (?:that )?we can)\b"
)
NUMBERS = re.compile(
    r"\b(?:read|tell|send|text|give|forward|call|shoot)\b[^.\n]{0,30}\b(?:code|numbers?|digits)\b|"
    r"\b(?:code|numbers?|digits)\b[^.\n]{0,30}\b(?:read|tell|send|text|give|forward) (?:it|them|me|us)\b"
)
BY_PHONE = re.compile(r"\b(?:text(?: message)?|sms|pops? up|phone buzzes|it (?:comes|arrives)|authenticator|mensaje)\b")
TOOL = re.compile(
    r"\bwhat do you (?:\w+ )?(?:type|use|enter|put) (?:\w+ ){0,3}[^.?\n]{0,30}(?:sign|log)[ -]?in|"
    r"\b(?:read|tell|send|give) (?:us|me) what (?:the|your) (?:text|sms|message|app|phone)(?: message)? says|"
    r"\b(?:sign|log)(?:ging|ging|ing)?[ -]?in(?:to \w+)? (?:on your behalf|for you|as you)\b"
    r"(?! (?:always|usually|normally|do|did|would|have|like|please)\b)|"
    r"\b(?:get|obtain|grab|collect) (?:the |her |his |their |member'?s? |customer'?s? )?(?:log-?in|pass ?word|"
    r"pw|pin|credentials) (?:from|off|out of)\b|"
    r"\b(?:member|customer|client|subscriber)s? (?:hereby |shall |will )?(?:provides?|gives?|furnish(?:es)?|"
    r"shares?|discloses?|supplies)\b[^.\n]{0,70}\b(?:pass ?word|credentials|log-?in)|"
    r"\b(?:what|which) (?:pass ?word|login|log-?in|pin|user ?name and \w+) (?:do|did|are|does) (?:you|they|she|he)\b|"
    r"\b(?:qu[eé]|cu[aá]l) (?:contrase[nñ]a|clave|usuario y \w+) (?:usa|tiene|utiliza|pone)\w*"
)
