"""The vocabulary of the gate, English and Spanish; every word is written folded: lower case, no accents (rules)."""


def listed(text: str) -> frozenset[str]:
    """Give the words of a text as a set."""
    return frozenset(text.split())


# Words that name a secret and hardly anything else; of these some as people write them who write by ear.
MISSPELT = listed(
    """psw psww pasbord pasguor pswrd pswd pswrd passwrd paswds psswd psswrd pssword passwort passwurd paswurd
    pasward pazzword passwerd contracena contrasenia contrasegna contrasela consena paswrd psword"""
)
STRONG = MISSPELT | listed(
    """password passwords passwd passwrd passwds paswd psswd pswd pswrd pword pwd pwds pw pws psw passcode passcodes
    p/w p.w
    passphrase passphrases passwort contrasena contrasenas contrasenia contraceña contracena contrasinal userpass
    webpass loginpass passkey psswd pssword pswd
    passwort paswurd pasward passwurd pazzword passwerd consena contrasegna contrasela kennwort pssw paswrd psword"""
)
# What people write where a secret was.
REDACTED = listed(
    """hidden redacted removed snip filtered masked deleted withheld omitted private none blank oculta ocultada borrada
    quitada reservada taken secret xxx censored scrubbed crossed oculto ocultado borrado tachado tachada quitado
    forbidden prohibited prohibido prohibida declined refused denied n/a #n/a #ref!
    reservado vacio bleep bleeped blurred starred blacked pixelated undisclosed blanked suppressed omitida omitido
    eliminada eliminado suprimida suprimido vacia left not_collected not_given not_stored not_kept stripped
    cut struck removido removida sacado sacada tapado tapada retirado retirada recortado withdrawn scratched
    unrecorded unstored illegible ilegible unreadable"""
)
# Words that name one only beside something else: a value that looks like a secret, or a talk of signing in.
WEAK = listed("secret secreto pass passw pasw clave claves klave contra")
PIN = listed("pin pins nip")
CODE = listed("otp otps totp 2fa mfa passcode authcode")
# What `fuzzy` compares with; the second set is near them and means something else.
FUZZY = ("password", "passwords", "passcode", "passphrase", "contrasena")
NOT_FUZZY = listed(
    """passed passes passing passage passages passenger passengers passion passive passover passport passports
    passbook postcode postcodes keyword keywords crossword foreword passable pasture pastures pastor password-less
    passwordless contrasta contrastar contratar contrato contratos contratada pasado pasados pasadas pasada paused
    passo pasajero pasajeros possessor assessor parsed compared postage passerby backward backwards awkward afterward
    homeward outward onward"""
)

USER = listed(
    """username usernames userid user-name user-id user users usuario usuaria usuarios login logins log-in logon
    log-on loginid signin sign-in usr uid uname userlogin nickname"""
)
# Talk of signing in: strong, then places where one signs in.
ACCESS = listed(
    """login logins logon log-in log-on signin sign-in signon sign-on logins credentials credential creds
    credenciales cred logged usuario username userid acceso password passwords authenticate"""
)
PLACES = listed(
    """smarthub portal website site webpage online web app page account profile smart-hub portals co-op coop sitio
    pagina aplicacion cuenta internet"""
)
ENTER = listed(
    """use uses used using try tried type typed types enter put opens open unlocks unlock works with con and y then
    plus it's its is es era was usa usamos uso usen usar ponga poner pon escriba entra abre entro meto prueba luego
    keep remains became gets get to called e"""
)

# A value that begins with one of these is a sentence about the label, not a value.
STOP = listed(
    """a about above accepted access account accounts added after again all almost already also always am an and any
    anymore anyone are aren't around as ask asked asks at available bad back be because been before being below best
    better between blank both box broken but button by call came can can't cannot case change changed changes
    changing character characters check click co-op come complex confidential correct could couldn't created
    currently data date days default deleted denied did didn't different do does doesn't don't done down each easy
    either else email empty encrypted enter entered error every everyone expire expired expires expiry failed fails
    field field(s) fields fine first for forgot forgotten form found from full gave get gets getting give given
    gives go going gone good got had handed hard has hasn't have haven't he help helps her here hers hidden him his
    hold how i i'd i'll i'm i've if in incorrect info information instead into invalid is isn't issue issues it it's
    its just keep keeps kept know known last later least leave length let letter line link locked log login long longer
    lost made mail make manager many masked maybe me mine minimum missing more must my n/a na need needed needs
    never new next no nobody none nope nor not nothing now null number of off ok okay old omitted on once one only
    onto open optional or other our ours out over own page paper per phone please policies policy post prior private
    problem problems prompt prompts protected protection provided question questions quit read really recovery
    redacted refused rejected remember remembered removed reset resets required requirement requirements requires
    rule rules safe said same save saved saves say says screen sealed secret secure security see send sent set
    setting settings share shared shares sharing she should show shown side since site so some somebody someone
    something soon still stolen stored strength strong such support sure taken tbd tell than that that's the their
    them then there these they they're thing this those thought through till to today together told too took true
    try trying turned two typed undefined under unknown until up update updated us use used user users using valid
    via wants was wasn't way we we'll we're weak well went were what when where which while who whose why will with
    within without won't work worked working works would write written wrong wrote xxx years yes yet you you'll
    you're your yours yourself false
    al algo alguien alguna alguno antes aqui asi aun aunque ayer bien borrada borrado cada cambiada cambiar cambie
    cambio caduca caducada como compartir comparto con contigo creo cual cuando cuenta de debe decir dejar del desde
    despues di digo donde dos el ella ellos en enviar era es esa ese eso esta estaba estan estar este esto fue
    funciona ha hace hay hemos hoy incorrecta incorrecto
    incorrectas incorrectos invalidas invalidos invalida invalido la las le les lo los luego mas me mi
    minimo mis muy nada nadie ni ningun ninguna no nos nosotros nueva nuevo nunca o oculta ocultada olvidada olvidado
    olvide olvido otra otro para perdi perdida pero por porque privada puede puedo que quien quiero quitada quitado
    requerida requerido se secreta secreto segura ser si sin sobre solo son su sus tambien tampoco te tener tengo
    tiene todavia todo tu tus un una usar ustedes va vez vieja y ya yo"""
)
# Words that say of a secret how it is, when they end the sentence: "my password is …".
# Other things that have a password or a code of their own: none of them signs anybody in at a portal.
OF_OTHERS = listed(
    """wifi wi-fi ssid wlan router hotspot alarm alarma candado padlock lockbox thermostat termostato dialer keypad gate
    porton door puerta shower county parcel breaker locker garage cochera netflix hulu voicemail shed
    wifipassword wifipass wifi_password wifi_pass wifis zoom webex tarball 7z"""
)
# Of these it is told by whose it is: "the inverter's passcode", and not by what else is said beside it.
OWNERS = OF_OTHERS | listed(
    """archive archivo inverter inverters generator controller vfd variador inversor generador dropbox onedrive camera
    cameras nvr"""
)
PREDICATES = listed(
    """short long secret private mine ours yours theirs simple weak complex outdated stale unchanged missing
    necessary mandatory optional case-sensitive sensitive important useless dead gone personal obsolete temporary
    permanent unique strong stronger confidential corta larga incorrecta personal nuestra tuya mia suya obligatoria
    necesaria tarde over near ready unavailable compromised hashed"""
)
# What stands before a number or a name that is no secret.
ID_NOUNS = listed(
    """meter meters account accounts acct account# acct# invoice inv bill bills stmt statement case request rate
    rates rider tariff schedule form tracking tag serial parcel assessor unit apt suite ste lot pole route hwy highway
    rte road rd model version ver v order confirmation ticket ref reference po map loc location premise service svc
    class code zip naics sic area transformer xfmr substation feeder circuit section page item line room bldg
    building barn pump well tank bin grid zone district pwsd usps ups fedex sha256 sha1 md5 hash digest uuid guid id
    number no num no. # cuenta medidor factura recibo tarifa codigo postal numero num. caso solicitud calle
    contador lote ruta guia poste read reading register kwh kw docket permit check cheque batch job project phase
    part sku plan program license licence plate policy claim box pobox member membership customer named call dial"""
)
# Single words with a number behind them that are everyday things.
EVERYDAY = ID_NOUNS | listed(
    """windows win office excel covid iphone ipad android galaxy pixel chrome firefox ipv utf sha md mp web version
    room gate shed house site step level week day year month june july august may april march january february
    september october november december jan feb mar apr jun jul aug sep sept oct nov dec fall spring summer winter
    q fy mid pre post phase grade top vol chapter figure fig table tab sheet col row file doc image img photo scan
    page bill report letter reply draft final copy test ext extension track lane exit mile interstate us mo state
    county fire fmla title article appendix exhibit irr gs lp"""
)

# What plain words stand behind a label when there is trouble with it.
TROUBLES = listed(
    """reset help issue issues problem problems recovery hint manager question questions list login page trouble
    change changes error errors rules policy requirements sheet book fatigue authentication generator security
    please thanks stuff fields ideas advice assistance support woes lockout logins resets settings prompt screen
    field button link strength history lists cracking sharing"""
)

NEGATIONS = listed(
    """no not never don't dont doesn't didn't won't cannot can't without nor nobody neither none nunca jamas ni sin
    tampoco stop refuse nadie isn't shouldn't mustn't wouldn't if anyone someone nobody's si alguien unless rather
    instead keep avoid ningun ninguna prohibited forbids forbidden beware phishing scam scammers whoever"""
)
YOURS = listed("your su sus tu tus vuestra member's customer's members' customers' their owner's holder's")
SPELL = listed(
    """zero one two three four five six seven eight nine dash hyphen underscore exclamation dollar capital uppercase
    lowercase hash pound ampersand asterisk period dot star alpha bravo charlie delta echo foxtrot golf hotel india
    juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu
    cero uno dos tres cuatro cinco seis siete ocho nueve guion mayuscula minuscula arroba signo punto bang"""
)
PEOPLE = listed(
    """dog dog's dogs cat cat's cats pet pet's pets kid kid's kids kids' daughter daughter's daughters daughters' son
    son's sons wife wife's husband husband's mother mother's mom's mom dad's dad father's grandma's grandma
    grandpa's grandpa granddad's grandmother's girls girls' boys boys' names name street birthday birthdays
    birthdate birthyear birth born anniversary maiden initials surname nickname grandson grandson's grandkids
    grandkids' granddaughter granddaughter's grandkid's horse horse's mule mule's cow cow's bull bull's rooster
    goat goat's hound hound's truck tractor car town hometown county school mascot team church preacher college
    brother's sister's aunt's uncle's baby's baby wedding boat farm farm's ranch perro perra perros gato gata hijo
    hija hijos hijas hijo's esposa esposo nombre nombres cumpleanos cumpleaños apellido mascota nacimiento calle
    caballo burro pueblo rancho abuela abuelo abuelita nieto nieta nietos mama mamá papa papá hermana hermano
    santo escuela apodo boda aniversario iniciales madre padre camioneta"""
)
