"""What a word speaks of, in English and Spanish, accents off: classes by which the learned detector reads (rules).

Nobody can list each form by hand, and the one that is missing is the one that a stranger writes. So `send~` stands for
what English makes of it (sends, sending), and `mand~ar` for what Spanish makes of it with what hangs on it (mandeme,
mandenoslo). A form that no language has does no harm: nobody writes it.
"""

from collections.abc import Iterator

from broker.credentials.lexicon_things import THINGS

# What is done with a login, and what it consists of. A word stands in one class; the first one that names it.
_CLASSES = {
    "not": """
    no not never don't dont won't wont doesn't doesnt didn't didnt isn't isnt can't cant cannot couldn't couldnt
    without nor neither none nobody noone nothing nowhere wouldn't wouldnt shouldn't shouldnt mustn't wasn't wasnt
    aren't arent weren't werent haven't havent hasn't hasnt hadn't hadnt ain't aint needn't nope nunca sin jamas ni
    nadie ningun ninguna ninguno nada tampoco
    """,
    "refuse": """
    declin~ refus~ rather avoid~ prefer~ preferred preferring instead delet~ remov~ redact~ withheld withhold~
    hidden blank~ omit~ omitted omitting skip~ skipped skipping wip~ eras~ shred~ shredded shredding scratch~
    crossed blacked blotted burn~ burnt destroy~ discard~ toss~ torn masked unread unopened purg~ scrub~ scrubbed
    stop~ stopped stopping quit quits ignor~ reject~ prefiero prefiere prefieren rechaz~ar neg~ar nego borr~ar
    elimin~ar quit~ar tach~ar romp~er rompi roto quem~ar tir~ar evit~ar ignor~ar oculto oculta ocult~ar mejor
    """,
    "rule": """
    policy policies must shall should may law laws permitted rule rules terms bylaw bylaws ordinance compliance
    required requirement requirements prohibit~ forbid~ forbidden forbade allowed disclos~ disclosure confidential
    confidentiality training memo reminder notice hereby undersigned pursuant responsible liable termination fraud
    scam scams scammer scammers phish~ beware caution politica politicas debe deben debera deberan deberia deberian
    reglas regla reglamento prohibe prohiben prohibido prohibida aviso ley confidencial estafa estafas fraude
    fraudes presente
    """,
    "sign": """
    agree~ agreed agreement consent~ authoriz~ authoris~ authorization authorisation permission release releases
    autoriz~ar autorizacion permiso permisos consentimiento poder loa poa letterhead notary notariado signature
    signatures signer initials firma firmas firm~ar carta cartas formulario formato testigo testigos witness
    envelope sobre stamp~ postage mailbox buzon
    """,
    "place": """
    portal portals smarthub hub smart-hub site sites website websites web webpage webpages page pages app apps
    application applications online on-line dashboard screen screens homepage webapp platform system systems sitio
    sitios pagina paginas aplicacion aplicaciones internet linea pantalla plataforma sistema ozarkborder smarth
    smrthub smarthb sh hubsite compupage
    """,
    "coop": """
    coop co-op coops cooperative cooperatives cooperativa electric electricity power luz utility utilities obec
    ozark energy company companies compania provider elec electrica electrico pwr energia lights light lightbill
    """,
    "acct": """
    account acct accounts accts cuenta cuentas cta profile profiles perfil billing membership acnt accnt
    """,
    "login": """
    login logins log-in logon log-on signin sign-in signon sign-on credential credentials creds cred credenciales
    credencial acceso accesos access particulars userpass loginpass wayin entrada entry acess acces loginn identity
    """,
    "enter": """
    log logs logged logging sign signs signing enter~ accessed accesses accessing open opens opened opening unlock~
    entr~ar iniciar inicio inicia inicie inicien inicias iniciamos sesion acced~er accede accedo acceder acceda
    abr~ir abierto ingres~ar authenticat~ met~er metete metase logue~ar loguear loguearse logearse logear logeate
    loguee conect~ar connect~ loggin loging logg
    """,
    "signed": """
    signed sgnd
    """,
    "into": """
    in into inside onto adentro dentro past through thru
    """,
    "pw": """
    password passwords passwd passwrd pasword passward pw pwd pws pwrd psw passphrase passphrases contrasena
    contrasenas contrasenia contrasenias contra contras clave claves passkey passkeys pss pswd psswd psword pasw
    passw passwrod passowrd paswrod pwrod pword pwords wd wrd contracena contrsena contrasna contracenia contrasinal
    cve cves clv klave clabe contrase psswrd pssword passcod watchword werd passkode passworld pazword passw0rd
    contrasennya kontrasena claveunica
    """,
    "pass": """
    pass passes passcode passcodes passcd pc pas
    """,
    "word": """
    word words wording palabra palabras palabrita phrase frase frases phrases combo combination combinacion key keys
    llave llaves llavecita secret secrets secreto secretos secreta secretas magic magica magico sesame sesamo
    abracadabra abretesamo keyword keywords shibboleth
    """,
    "pin": """
    pin pins nip nips pincode
    """,
    "code": """
    code codes codigo codigos otp otps token tokens verification verificacion authenticator autenticador factor 2fa
    mfa one-time codigito clavecita numerito numeritos numbers digits digitos cod confirmation confirmacion
    """,
    "user": """
    user users username usernames user-name userid userids usuario usuarios usuaria usr uid id ids handle handles
    nickname nick nicks screenname uname un usn usrname usernm loginid apodo alias usu us3r usario usuaro userame
    nombreusuario
    """,
    "name": """
    name names named nm nombre nombres nom initial apellido apellidos surname lastname llam~ar llama llamo
    """,
    "mail": """
    email e-mail emails e-mails mail correo correos gmail yahoo hotmail correito inbox mails emailed mailed
    """,
    "text": """
    text texts texted texting txt sms message messages msg mensaje mensajes mensajito buzz~ ping~ cell cel celu
    whatsapp wasap whats arrives arrived arrive came pops popped popup lleg~ar llegar cayo cae caer caiga
    """,
    "send": """
    send~ sent forward~ fwd fw submit~ submitted submitting drop~ dropped upload~ fax~ post~ envi~ar envio envios
    mand~ar reenvi~ar reenvio adjunt~ar attach~ include~ includ~ enclos~ paste~ pasted pasting copy copies copied
    copying copi~ar peg~ar resend~ cc cced snd ship~
    """,
    "tell": """
    tell~ told say~ says said speak~ spoke spoken recit~ dictat~ whisper~ mention~ announc~ repeat~ shout~ holler~
    yell~ relay~ confess~ dict~ar dec~ir dic~ir dice dicen dijo dije dijeron digo dime diga digan digame diganme
    diganos digale dile dinos dilo digalo decirle decirme decirles decirnos dicho diciendo decia repit~ir repite
    repeat menciona mencion~ar cont~ar cuento platic~ar susurr~ar confi~ar avis~ar explica explic~ar responda
    respond~er respond~ir reply~ replied repli~ contest~ar answer~
    """,
    "give": """
    give~ gave given giv gimme share~ shar~ hand~ pass~ provide~ provid~ supply supplies supplied supplying furnish~
    lend~ lent loan~ borrow~ disclose~ reveal~ surrender~ yield~ offer~ entrust~ dar doy da das dan de deme denme
    denos dame danos darme darle darles darnos dado dando dio di dieron dele denle darsela darselo damela damelo
    deselo comparti~ar compart~ir pas~ar entreg~ar proporcion~ar facilit~ar prest~ar suministr~ar ofrec~er ofrezco
    revel~ar brind~ar trad~ar furnish relinquish
    """,
    "write": """
    write~ writ~ wrote written wrt jot~ jotted jotting scribbl~ scrawl~ pencil~ penciled noted note~ handwritten
    handwriting hndwrtn print~ printed list~ stamped engrav~ carv~ paint~ escrib~ir escrito escrita escritos
    apunt~ar apunte anot~ar garabate~ar rotul~ar dibuj~ar inked chalked etched
    """,
    "type": """
    type~ typ~ typed typing keyed keying punch~ input~ put~ put putting puts tap~ tapped tapping press~ hit hits
    hitting fill~ plug~ plugged tecle~ar pon~er ponga pongan ponle ponlo ponla pongale pongalo pongo pone puso puse
    pusieron poniendo poner ponen pongalos pongales pusimos digit~ar llen~ar llena marc~ar pic~ar pique oprim~ir
    apriet~ar capture captur~ar
    """,
    "use": """
    use~ us~ used using uses usa us~ar utiliz~ar ocup~ar try~ try tries tried trying work~ worked works go~ goes
    gets get getting got gain~ sirv~ir sirve sirven funcion~ar funciona jal~ar jala prob~ar prueba prueben pruebe
    agarr~ar accept~ acept~ar take~ takes took let~ lets let letting deja dejan allow~ admits admit~ anda and~ar
    valen vale reuse~
    """,
    "ask": """
    ask~ request~ question~ inquir~ wonder~ demand~ pide piden pidio pido pedir pida pidan pidiendo pidieron pedimos
    pedirle pedirles pedi pidele solicit~ar solicitud solicita pregunt~ar pregunte exig~ir query~
    """,
    "please": """
    please pls plz kindly could would can favor porfa porfavor puede pueden puedes podria podrias podrian puedo
    podemos quisiera quisieramos gusta guste gustaria able willing mind
    """,
    "need": """
    need~ want~ wanna require requires requiring lack~ missing necesit~ar necesito requier~ar requiere requieren
    requerimos falta faltan faltaba quier~ar quiero quiere quieren quiera queremos quiso ocupo ocupamos wish~ hope~
    """,
    "you": """
    you ya u usted ustedes ud uds tu te le les vos yall y'all you'd you'll you're youre youve yourself yourselves ye
    """,
    "your": """
    your yours ur su sus tus tuyo tuya suyo suya suyos yer vuestra
    """,
    "i": """
    i me i'm im i'll ill i've ive i'd yo myself conmigo soy estoy tengo
    """,
    "my": """
    my mine mi mis mio mia mios
    """,
    "we": """
    we us we're we'll we've we'd our ours ourselves nos nosotros nuestro nuestra nuestros nuestras somos
    """,
    "they": """
    his her hers their theirs she he they him them themselves himself herself they're she's he's she'll he'll ella
    ellos ellas se lo los hes shes theyre someone somebody anyone anybody everybody everyone whoever alguien quien
    """,
    "it": """
    it it's its it'll that that's thats esto eso ese esa esos esas aquello this those thing things cosa itself one's
    """,
    "with": """
    with w con by mediante via
    """,
    "and": """
    and y & then luego plus mas also e despues after followed next comma
    """,
    "device": """
    laptop laptops phone phones tablet tablets ipad ipads computer computers kiosk desktop telefono telefonos
    celular celulares computadora computadoras compu tableta tabletas portatil machine machines chromebook pc's lap
    iphone android device devices dispositivo equipo monitor keyboard teclado smartphone cellphone comp pcs terminal
    workstation movil ordenador lapto
    """,
    "tab": """
    browser browsers chrome firefox safari edge tab tabs window windows bookmark bookmarks bookmarked navegador
    navegadores pestana pestanas ventana autofill autocomplete auto-fill favoritos explorer incognito
    """,
    "stay": """
    left leave~ leav~ stay~ still already remember~ sav~ saved saves save keep~ kept keeping dej~ar deje dejo dejar
    qued~ar queda quedo quede sigue siguen seguir guard~ar guardada guardado abierta abiertas abiertos recuerd~ar
    recordar logged-in signed-in active activa activo pulled ready lista listo store~ stor~ stored unlocked prendida
    prendido encendida encendido puesta puesto mantien~er mantener mantenga persist~ linger~ wide pegada pegado
    recordado indefinitely forever-on permanently never-locks
    """,
    "add": """
    add~ added invit~ invite invites invitation invitations additional extra secondary delegat~ grant~ enroll~
    register~ assign~ agreg~ar anad~ir anadi invitacion invitaciones adicional adicionales alta altas registr~ar
    autorizado autorizada autorizados enrol~ nombr~ar designat~ designate inscrib~ir sum~ar linked tied appoint~
    approve~ approv~ aprob~ar promote~ coowner welcome-aboard
    """,
    "role": """
    guest guests member manager managers viewer viewers delegate delegates delegado delegada co-manager comanager
    admin admins administrator administrador administradora invitado invitada rights right permissions privileges
    privilegios role roles rol view-only viewonly full manage~ manag~ managing behalf proxy co-owner colega joint
    authorized contributor collaborator helper helpers sub-user subuser colaborador tercero apoderado
    """,
    "lost": """
    forgot forget~ forgotten lost lose~ misplac~ olvid~ar olvide perd~er perdi pierd~er extravi~ar remind~ acordar
    acuerdo acuerda acordamos
    """,
    "reset": """
    reset resets resetting change~ chang~ changed restablec~er restablecer cambi~ar cambio rotat~ recover~ recovery
    recuper~ar recuperacion renew~ renov~ar restor~ resett restablecimiento swapped
    """,
    "wrong": """
    expired expire~ expir~ wrong invalid locked incorrect bloque~ar bloqueada bloqueado incorrecta incorrecto
    invalida invalido fail~ error errors trouble troubles problem problems issue issues stuck broken glitch~ spin~
    crash~ bounce~ bounced denied rejected denegado vencido vencida venc~er caduc~ar caduco falla fallo fall~ar
    rechaza dead slow down lento lenta traba trabado atorada typo mistake
    """,
    "past": """
    old older former formerly previous previously prior anymore ago yesterday once viejo vieja anterior antes
    antiguo antigua ayer last long retired closed cancelled canceled obsolete until before era eran was were had
    """,
    "new": """
    new newest current now today tonight latest nuevo nueva nuevos nuevas actual ahora ahorita hoy temp temporary
    temporal provisional fresh chose choose~ choos~ chosen pick~ picked made make~ making mak~ set sets setting
    created create~ creat~ elig~ir escog~er eligio hice hizo hac~er starter default
    """,
    "same": """
    same as like minus except igual iguales mismo misma mismos mismas identical identico identica alike ditto both
    ambos ambas too tambien either
    """,
    "usual": """
    usual always every everywhere everything forever since siempre todo todos todas costumbre habitual regular
    normal whatever each cada demas else other others
    """,
    "turn": """
    backwards backward reverse reversed twice doubled double alreves reves doble together junto juntos junta juntas
    pegadito seguido seguida seguidito separated combine~ combin~ smush~ mash~ spaces space espacio espacios half
    mitad swap~ replace~ replac~ append~ end ends ending begin begins beginning start starts starting empieza
    empiez~ar termin~ar termina principio final ultimas primeras
    """,
    "quest": """
    security question questions answers pregunta preguntas seguridad respuesta respuestas challenge quiz riddle ans
    """,
    "hint": """
    hint hints clue clues guess~ guessed pista pistas adivin~ar adivinanza acertijo imagin~ think~ thought decode~
    decod~ figure~ figur~ know~ knows knew known sab~er sabe sabes saben recall~ memor~ memoria memory conoc~er
    """,
    "here": """
    here's here these following follows aqui siguiente estos estas este esta ahi aca heres there va van
    """,
    "link": """
    link links url urls enlace enlaces liga ligas vinculo click~ clic clicks qr href
    """,
    "cookie": """
    cookie cookies session sessions jsessionid sid header headers bearer jwt galleta galletas devtools localstorage
    sessionstorage curl storage csrf httponly auth oauth refresh console api xsrf saml sso phpsessid asp samesite
    """,
    "is": """
    is are be being es s equals means am become becomes sea seria viene seran reads called llamado
    """,
    "what": """
    what which how who whom what's que cual cuales como quienes donde where when cuando why porque wherever
    """,
    "look": """
    screenshot screenshots read look~ see~ saw seen check~ checked pull download~ download ver mir~ar revis~ar
    descarg~ar captura pantallazo baj~ar bajen browse~ view~ viewed find~ found watch~ show~ showed shown ve ven
    vean vea vemos viendo vi vio vieron busc~ar muestr~ar mostr~ar consult~ar consulta le~er lee leyo leer lea
    fetch~ grab~ grabbed export~ glance~ peek~
    """,
    "help": """
    help~ helping ayud~ar ayuda assist~ explain~ teach~ instruct~ instructions instrucciones guide~ advice advise~
    suggest~ recommend~ tip tips ensen~ar support soporte fix~ arregl~ar
    """,
    "call": """
    call~ calls dial~ ring~ rang phoned phoning llamada llamadas llamen llame llaman hablar habl~ar hablo talk~
    voice voz hung hang hangs hold held cuelg~ar cuelgue colg~ar
    """,
    "own": """
    own owns self propio propia personal private privado privada privacy
    """,
    "much": """
    only so very muy much many more bien even really little bit nomas enough poco mucho casi asi again otra otro vez
    way just solo
    """,
}

_CLITICS = "me nos te le les lo la los las se melo mela noslo nosla selo sela telo tela melos selos"
_ENDINGS = {
    "ar": "ar o as a amos an e es en emos aste aron aba aban abamos ado ada ados adas ando are ara aran aria aras",
    "er": "er o es e emos en a as an amos i iste io imos ieron ia ian iamos ido ida idos idas iendo era eran eria ere",
    "ir": "ir o es e imos en a as an amos i iste io ieron ia ian iamos ido ida idos idas iendo ira iran iria ire",
}
_BEFORE_CLITICS = {"ar": "ar a e en ando emos", "er": "er e a an iendo", "ir": "ir e a an iendo"}
_BEFORE_E = {"c": "qu", "g": "gu", "z": "c"}  # sacar, saque


def _forms(spelt: str) -> Iterator[str]:
    """Give what a word of a list stands for."""
    root, made, ending = spelt.partition("~")
    if not made:
        yield spelt
    elif ending:
        for form in _ENDINGS[ending].split():
            yield _joined(root, ending, form)
        for form in _BEFORE_CLITICS[ending].split():
            for clitic in _CLITICS.split():
                yield _joined(root, ending, form) + clitic
    else:
        yield root
        yield from (root + end for end in ("s", "es", "ed", "ing", "er", "e", "d"))
        if root[-1] in "ey":
            yield from (root[:-1] + end for end in ("ing", "ies", "ied"))


def _joined(root: str, ending: str, form: str) -> str:
    if ending == "ar" and form[0] == "e" and root[-1] in _BEFORE_E:
        return root[:-1] + _BEFORE_E[root[-1]] + form
    return root + form


def _of_words() -> dict[str, str]:
    """Give the class of each word; what is spelt out counts before what is only made of another word."""
    of: dict[str, str] = {}
    spelt = [(name, word) for name, words in (_CLASSES | THINGS).items() for word in words.split()]
    for name, word in sorted(spelt, key=lambda each: "~" in each[1]):
        for form in _forms(word):
            of.setdefault(form, name)
    return of


CLASS_OF = _of_words()
