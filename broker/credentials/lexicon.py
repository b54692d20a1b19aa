"""What a word speaks of, in English and Spanish, accents off: classes by which the learned detector reads (rules)."""

from broker.credentials.words import listed

# A word stands in one class; the first one that names it.
_CLASSES = {
    "place": """
    portal smarthub site website web webpage page app apps application online dashboard screen sitio pagina
    aplicacion internet linea
    """,
    "coop": """
    coop co-op cooperative cooperativa electric electricity power luz utility obec ozark energy company compania
    provider
    """,
    "account": "account acct accounts cuenta cuentas profile perfil billing",
    "entering": """
    log logs logged logging login logins logon signin sign signs signed signing signon enter enters entered
    entering access accesses accessed accessing open opens opened unlock unlocks entrar entro entra entre entran
    entramos entrada iniciar inicio inicia sesion acceder acceso accede accedo abrir abre ingresar ingreso
    ingresa authenticate
    """,
    "into": "in into inside onto adentro dentro",
    "password": """
    password passwords passwd passwrd pasword passward pw pwd pws pwrd psw passphrase passphrases contrasena
    contrasenas contra clave claves credential credentials credenciales passkey
    """,
    "pass": "pass passes passcode passcodes passcd pc",
    "word": """
    word words palabra palabras phrase frase phrases combo combination combinacion key keys llave secret secreto
    secreta magic
    """,
    "pin": "pin pins nip nips",
    "code": """
    code codes codigo codigos otp token tokens verification verificacion authenticator autenticador factor 2fa
    mfa one-time
    """,
    "user": """
    user users username usernames userid userids usuario usuarios usr uid id ids handle nickname screenname
    """,
    "mail": "email e-mail mail correo emails gmail",
    "giving": """
    send sends sent sending give gives gave giving given share shares shared sharing tell tells told text texted
    texting provide provides provided forward forwards forwarded hand handed passed relay supply submit submits
    drop paste pasted copy copied write written jot jotted enviar envie envia envio mandar mande manda dar doy
    da de deme dame darme compartir comparta comparto comparte pasar paso pasa pasame paseme decir dime diga
    digame proporcionar proporcione facilitar facilite
    """,
    "asking": """
    can could would please kindly need needs needed want wants wanted require requires required ask asks asked
    asking request requests requesting favor puede podria puedes podrias necesito necesita necesitamos quiero
    quisiera quisieramos pedir pide piden pidio pedimos requiere requerimos solicitar solicitamos
    """,
    "you": "you your yours ya u su sus usted ustedes tu tus te le les",
    "we": """
    i my me mine mi mis yo we our us ours nuestro nuestra nos her his their she he they him them
    """,
    "device": """
    laptop laptops phone phones tablet tablets ipad computer computers browser kiosk desktop telefono celular
    computadora tableta portatil navegador machine chromebook
    """,
    "staying": """
    left leave leaves leaving stay stays stayed staying still already remember remembers remembered saved saves
    save keeps kept keep deje dejar dejo queda quedo sigue guardada guardado guardo abierta abierto abiertas
    recuerda logged-in signed-in active autofill fills
    """,
    "adding": """
    add adds added adding invite invites invited invitation inviting additional extra second secondary delegate
    delegated guest member manager viewer agregar agregue agregado agregamos anadir anadi invitar invitacion
    adicional autorizado secundario grant granted granting
    """,
    "not": """
    no not never don't dont won't wont doesn't doesnt didn't didnt isn't isnt can't cant cannot without nor
    neither none nobody nunca sin jamas ni nadie ningun ninguna nada wouldn't shouldn't
    """,
    "rule": """
    policy must shall should may agree agrees agreement law permitted authorize authorizes authorized
    authorization rule rules terms consent consents debe deben debera politica autoriza autorizo autorizacion
    """,
    "lost": """
    forgot forget forgotten lost reset resets resetting changed change changing expired wrong invalid locked
    incorrect olvide olvido perdi cambie cambio cambiar restablecer bloqueada bloqueado incorrecta fails failed
    error trouble
    """,
    "same": """
    same as like plus followed then backwards reverse twice doubled minus except igual mismo misma mas seguido
    luego alreves reves doble
    """,
    "memory": """
    dog dog's cat pet mother mother's maiden birthday born birth year anniversary street school mascot grandma
    grandkid wife's husband's son daughter perro gato mascota madre cumpleanos nacimiento ano aniversario calle
    escuela apellido nombre boda hijo hija abuela dad's mom's kid's truck
    """,
    "letters": """
    letter letters capital caps lowercase uppercase lower upper case dash dot underscore hyphen exclamation
    dollar hash pound symbol spelled spell digits digit number numbers letra letras mayuscula minuscula guion
    punto arroba exclamacion signo deletreo digito digitos
    """,
    "number": """
    zero one two three four five six seven eight nine ten cero uno dos tres cuatro cinco seis siete ocho nueve
    diez twenty thirty forty
    """,
    "file": """
    zip file files pdf archive attachment attached folder document spreadsheet archivo archivos adjunto
    documento carpeta
    """,
    "other_lock": """
    gate door wifi wi-fi alarm garage porton puerta candado lock padlock router parcel package bank debit locker
    barn computer's printer
    """,
    "link": "link links url enlace liga recover recovery recuperacion",
    "question": """
    security question questions answer answers pregunta preguntas seguridad respuesta respuestas challenge
    """,
    "session": "cookie cookies session jsessionid sid header bearer jwt galleta",
    "using": """
    use uses used using type types typed typing put puts try works work worked working usa uso usar escribe
    escriba escribir pon ponga poner pone teclea teclee sirve funciona
    """,
    "is": "is was are be being es era esta",
    "here": "here's here this these below following aqui siguiente estos abajo",
    "refusing": """
    decline declined declines refuse refused refuses rather avoid prefer deleted removed redacted withheld
    hidden blank omitted prefiero borrado borrada eliminado quitado
    """,
    "looking": """
    screenshot screenshots read look looks see check pull download downloads ver mirar revisar descargar captura
    pantallazo bajar
    """,
    "data": """
    bill bills usage statement statements readings kwh reading data meter factura facturas consumo recibo
    recibos medidor lectura lecturas datos
    """,
    "time": """
    minute minutes expires tonight now before today ahora antes hoy minuto minutos seconds
    """,
}
CLASS_OF = {word: name for name, spelt in reversed(_CLASSES.items()) for word in listed(spelt)}
