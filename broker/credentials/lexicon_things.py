"""Classes of words for things, people and places, in English and Spanish (see lexicon, which reads them)."""

THINGS = {
    "pet": """
    dog dog's dogs cat cat's cats pet pet's pets puppy kitten pup mutt hound beagle horse horses mare mule mules
    pony rooster cow cows bull heifer steer calf goat goats pig hog donkey duck goose hen hens chicken parrot bird
    mascot mascots perro perra perros perrita perrito gato gata gatos gatito mascota mascotas caballo yegua burro
    mula gallo gallina vaca toro becerro chivo cabra puerco cochino loro perico pajaro
    """,
    "kin": """
    mother mother's mom mom's moms mama mama's mamma mommy mum dad dad's dads father father's daddy papa papa's
    grandma grandma's granny grandmother grandpa grandfather granddad grandkid grandkids grandson granddaughter
    grandchild wife wife's wifes husband husband's hubby spouse son son's sons daughter daughter's daughters kid
    kid's kids boy boys girl girls baby brother sister brothers sisters uncle aunt nephew niece cousin madre padre
    hijo hija hijos hijas abuela abuelo abuelita abuelito nieto nieta nietos esposo esposa marido senora hermano
    hermana hermanos tio tia sobrino sobrina primo prima suegra suegro yerno nuera cunado cunada mijo mija papas
    padrino madrina comadre compadre jefa jefe viejita nino nina ninos muchacho muchacha oldest youngest eldest
    """,
    "maiden": """
    maiden soltera materno materna nee
    """,
    "birth": """
    birthday birthdays birthdate born birth year years yr yrs anniversary wedding married bday dob honeymoon
    honeymooned cumpleanos cumple nacimiento nacio naci nacimos ano anos aniversario boda bodas casamos casaron age
    edad graduat~ graduated
    """,
    "from": """
    street streets school schools hometown town city childhood grew raised teacher favorite favourite team truck
    tractor car chevy ford deere church hospital college county road grade calle escuela primaria secundaria maestra
    maestro pueblo ciudad favorito favorita camioneta troca carro infancia crecio creci kinder kindergarten
    """,
    "abc": """
    letters capital capitals caps cap lowercase uppercase lower upper case dash dashes dot dots underscore hyphen
    exclamation dollar hash pound symbol symbols spelled spell~ spelling digit number letra letras mayuscula
    mayusculas minuscula minusculas guion guiones punto puntos puntitos arroba exclamacion signo deletre~ar deletreo
    digito apostrophe ampersand asterisk asterisco percent star stars bang slash acento acentos period bar underline
    comilla comillas signos numeral zeros ceros
    """,
    "ltr": """
    letter ltr
    """,
    "spelt": """
    alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima oscar quebec romeo sierra tango uniform
    victor whiskey xray yankee zulu ele ene erre efe eme jota zeta ge che hache cu equis ka tee ess aitch zee bee
    dee
    """,
    "number": """
    zero one two three four five six seven eight nine ten cero uno dos tres cuatro cinco seis siete ocho nueve diez
    twenty thirty forty fifty sixty seventy eighty ninety hundred thousand eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte
    treinta cuarenta cincuenta sesenta setenta ochenta noventa cien mil niner oh veintiuno veintidos
    """,
    "slot": """
    box boxes line lines field fields slot slots row rows column columns spot top bottom middle under below
    underneath beneath above second third casilla casillas campo campos cuadro cuadrito cuadritos renglon renglones
    fila raya columna abajo arriba debajo encima bajo first primer primera primero segundo segunda tercera ultimo
    ultima front upstairs lado item
    """,
    "paper": """
    sticky stickie stickies post-it postit note notes notebook notepad paper papers papel papeles papelito paperwork
    sheet sheets card cards index binder drawer desk fridge freezer refrigerator corkboard whiteboard chalkboard
    blackboard calendar almanac wall margin back backside flap cover taped tape pinned magnet napkin matchbook
    coaster lid receipt stub ledger diary planner bible hymnal cookbook recipe tin jar cigar mattress pillow
    mousepad mouse drawers glovebox visor clipboard tag tags label labels sticker album scrap slip chart hoja hojas
    libreta cuaderno cuadernito tarjeta tarjetita reverso atras detras anverso servilleta refri refrigerador
    congelador calendario pared pizarron pizarra cajon cajones recado recadito nota notas notita post-its etiqueta
    pegadita pluma lapiz tapa caja biblia costurero lata marco cartulina alcancia libro book books
    """,
    "file": """
    zip file files pdf pdfs archive archives attachment attachments attached folder folders document documents
    spreadsheet spreadsheets workbook archivo archivos adjunto adjuntos adjunta documento documentos carpeta scan
    scans scanned escaneado escaneo photo photos foto fotos picture pictures pic pics jpg png csv xlsx rar unzip
    encrypted cifrado doc docs comprimido fotito imagen image
    """,
    "lock": """
    gate gates door doors wifi wi-fi alarm alarms garage porton portones puerta puertas candado candados lock locks
    padlock padlocks router package bank debit locker lockers barn computer's printer netflix hulu spotify facebook
    fob badge cochera alarma keypad keypads lockbox safe vault cabinet thermostat termostato modem ssid hotspot
    voicemail atm chapa cerradura reja cerca fence shed costco amazon youtube camera cameras camara camaras copier
    opener elevator elevador banco gas pump bomba library biblioteca gym gimnasio restroom bathroom bano radio cofre
    reloj tecladito timbre cerrojo
    """,
    "ident": """
    meter meters mtr claim claims order orders invoice invoices ticket tickets route parcel parcels ref reference
    serial model tariff rate rates schedule docket permit lot apt suite postal caso folio tarifa tarifas catastral
    catastro rfc curp expediente placa placas poste pole poles ruta tracking plate license licencia ssn ein routing
    check cheque clause clausula section seccion article form forms version phase fase district distrito contador
    contadores medidor medidores lote predio po extension ext batch
    """,
    "data": """
    bill bills usage statement statements readings kwh kilowatt kilowatts kw reading data factura facturas consumo
    consumos recibo recibos lectura lecturas datos history historial interval intervals graph grafica demand summary
    charge charges report reports reporte reportes record records
    """,
    "money": """
    pay~ paid payment payments due fee fees refund~ cost~ price prices dollars cents bucks deposit deposits rebate
    credit credits total balance amount pag~ar pago pagos cobr~ar cobro cobran deposito reembolso saldo costo precio
    dinero pesos efectivo cash tax taxes budget loan autopay discount descuento adeudo monto cargo cargos
    """,
    "power": """
    breaker breakers transformer transformers transformador panel panels paneles outage outages substation feeder
    voltage volts amps amp watts watt heater heaters furnace ac dryer motor motors irrigation riego pivot well pozo
    wire wires cable cables crew lineman linemen cuadrilla tecnico technician solar inverter generator generador
    bulb bulbs foco focos lamp lamps lampara blink~ flicker~ storm lightning surge fuse substacion subestacion
    apagon apagones corte cortes tree trees hvac compressor fan fans ventilador horno cooler peak multiplier load
    """,
    "land": """
    house houses home farm farms ranch rancho casa casas store shop shops tienda oficina office building buildings
    edificio iglesia parish parroquia clinic clinica apartment apartments trailer trailers cabin lodge motel land
    acres acre hill creek river pond pasture yard patio porch kitchen cocina room rooms cuarto lobby counter
    mostrador taller bodega granja huerta negocio business panaderia taqueria tortilleria lavanderia warehouse mill
    gin dairy bakery salon hall corner esquina highway hwy lane ln st ave bldg unit units
    """,
    "who": """
    clerk clerks treasurer tesorero tesorera bookkeeper accountant contadora secretary secretaria pastor boss owner
    owners dueno duena landlord tenant tenants inquilino inquilinos renter lawyer attorney licenciado licenciada
    abogado auditor customer customers cust cliente clientes members mbr mbrs socio socia socios titular neighbor
    vecino vecina friend amigo amiga lady guy man woman fellow folks people gente persona senor sr sra srita don
    dona mr mrs ms miss dr nurse intern assistant asistente staff crewman teller cashier receptionist recepcion
    employee employees empleado empleados encargado encargada agent agents agente rep broker consultant consultor
    analyst person board deacon preacher reverend volunteer caller teenager executor trustee trustees vendor vendors
    worker workers
    """,
    "bot": """
    robot bot nectar ai automated maquina prompt
    """,
    "greet": """
    hi hello hey dear thanks thank thx ty gracias hola buenas buenos saludos regards sincerely atentamente atte
    estimado estimada estimados estimadas morning afternoon evening tardes dias noches bless bendiga sorry perdon
    disculpe disculpen welcome bye ok okay yes si sip yeah lol jaja haha ja oiga oye mire ojo fyi subject asunto re
    adios
    """,
    "until": """
    minute minutes minuto minutos min mins seconds segundos hour hours hora horas hrs till til hasta noon midnight
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat lunes martes
    miercoles jueves viernes sabado domingo tomorrow manana week weeks semana semanas weekend day days dia month
    months mes meses expires vence caduca soon quick quickly hurry rapido rapidito prisa apurele apure pm tonite
    asap pronto enseguida ahoritita
    """,
    "month": """
    january february march april june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    summer winter spring fall autumn verano invierno
    """,
    "body": """
    fingerprint fingerprints face thumb thumbprint huella dedo finger fingers eye eyes cara biometric rostro retina
    """,
    "lang": """
    english spanish ingles espanol translate~ translation traduc~ir traductor interprete interpreter accent
    """,
    "color": """
    blue red green white black yellow pink purple orange gray grey brown silver gold azul rojo roja verde blanco
    blanca negro negra amarillo morado rosa gris dorado naranja
    """,
    "meet": """
    meet~ met meeting meetings visit~ cita citas vote~ acta actas committee comite lunch supper dinner breakfast
    party reunion coffee come coming comes venga vengan vengo venir visita
    """,
    "stuff": """
    biscuit biscuits honey milk hymn song clover persimmon kettle lantern copper corn sassafras molasses butter pie
    cake cobbler gravy ham bacon beans rice bread tortilla tamal tamales taco mole chile salsa queso pan cafe mango
    guayaba limon manzana platano papaya melon sandia fresa coco canela azucar sal miel flor flores margarita
    girasol luna sol estrella cielo rio lluvia viento fuego tierra montana arbol pino roble encino nopal maguey
    jacaranda bugambilia apple peach plum cherry berry pumpkin squash turnip potato tomato onion pepper peppermint
    ginger cinnamon sugar salt beer wine soup stew chili jam jelly pickle rhubarb walnut pecan oak pine cedar maple
    sycamore dogwood redbud hickory poplar lilac rose daisy lily tulip violet sunflower fern moss moon sun sky rain
    thunder snow ice wind lake mountain rock stone gravel sand mud dirt dust ash fog dawn sunset eagle hawk owl dove
    crow robin bluebird heron otter beaver fox wolf bear deer elk moose rabbit squirrel possum raccoon skunk turtle
    frog toad snake fish trout bass catfish bluegill crappie turkey wagon wheel saddle boots hat whistle fiddle
    banjo guitar drum organ bell brass iron steel candle quilt thread needle button thimble spoon fork knife skillet
    pot ladder hammer nail anvil plow combine baler hay straw barrel bucket basket rope chain anchor boat canoe
    paddle rocket train engine caboose jaguar aguila paloma colibri conejo zorro lobo oso venado tortuga rana pez
    tiburon ballena delfin mariposa abeja hormiga arana pinata rebozo molcajete guitarra trompeta tambor sombrero
    bota zapato silla mesa buttercup marigold petunia dandelion clementine lavender orchid iris pansy magnolia
    azalea gardenia jasmine hollyhock cattail willow elm birch cypress juniper sorghum alfalfa barley oats wheat
    millet soybean okra collard turnips radish beet carrot cabbage lettuce spinach pea peas cornbread pancake waffle
    syrup donut muffin pretzel popcorn peanut almond walnuts chestnut acorn mushroom garlic onions olive grape
    raisin strawberry blackberry raspberry blueberry huckleberry watermelon cantaloupe lemon lime pineapple banana
    coconut mint sage thyme basil parsley dill cilantro oregano epazote cebolla cebollita ajo tomate jitomate pepino
    calabaza elote maiz arroz frijol frijoles sopa pollo carne pescado camaron huevo leche cafecito chocolate atole
    pozole menudo carnitas chicharron nopales aguacate tamarindo jamaica horchata pupusa pupusas baleada yuca
    platanos cacao vainilla clavo laurel romero hierba violeta azucena clavel lirio bugambilias jazmin dalia pinon
    sauce cedro ceiba roca piedra arena valle cerro volcan nube trueno relampago nieve hielo golondrina gorrion
    halcon buho pavo pato ganso borrego oveja tigre leon elefante jirafa lagarto iguana culebra sapo grillo
    luciernaga butterfly firefly bumblebee cricket spider wasp hornet bees ant goldfish minnow salmon walleye
    sunfish perch pike crane pelican swan sparrow wren finch jay cardinal bobwhite quail pheasant partridge badger
    weasel mink muskrat bobcat cougar panther lion tiger elephant giraffe zebra monkey dragon unicorn anvils
    horseshoe stirrup bridle spurs lasso buckle belt boot sock mitten scarf apron bonnet ribbon lace velvet denim
    flannel cotton wool silk pearl diamond ruby emerald penny nickel quarter bushel wheelbarrow shovel rake hoe
    pitchfork scythe sickle windmill silo steeple chapel lighthouse campfire fireplace chimney rocking hammock
    picnic parade carnival circus fiddlestick tambourine trumpet accordion piano harmonica polka waltz rodeo
    mariachi lucero estrellita angelito campana cruz cometa papalote canica trompo escoba cubeta olla sarten comal
    metate cuchara tenedor vaso taza jarro cantaro machete hacha pala martillo yunque herradura espuela silla-de
    reata lazo
    """,
}
