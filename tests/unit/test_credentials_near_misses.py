"""What looks like a login and is none, each beside the same thing with one in it."""

import pytest

from broker.credentials import scan

HONEST = [
    ("outbound_email", "Go to your co-op's page, sign in as you always do, and attach the PDF to a reply."),
    ("outbound_email", 'The man told a lady in town to read back the six digits on her phone. "Odd," she said.'),
    ("outbound_email", "Our page saw what looked like a sign-in secret. Please send it again with only the number."),
    ("outbound_email", "A fellow is calling around asking for SmartHub passwords. He is none of ours."),
    ("outbound_email", 'Anda circulando un mensaje que dice "mande su clave de SmartHub". Es estafa.'),
    ("outbound_email", "Is it safe to let the browser remember my SmartHub password? At home, yes."),
    ("outbound_email", "Thank you for offering to add us to your SmartHub as an extra user; the letter is enough."),
    ("outbound_email", "Yes it is us.\n\nOur mail has your case number, comes from one address, and never "
     "wants a password, a six-digit code or your mother's maiden name, and nothing else."),
    ("nectar_call", '{"question":"Does your connector need the member\'s password?","answer":"Not with a letter."}'),
    ("nectar_call", '{"pregunta":"¿Mandan usuario y contraseña del socio?","respuesta":"Jamás."}'),
    ("nectar_call", '{"job":"purge-free-text","hits":{"looks_like_password":4},"kept":false}'),
    ("nectar_call", '{"error":{"code":"SITE_CHANGED","detail":"input[name=password] not found"},"retry_after":3600}'),
    ("nectar_call", '{"timeouts":{"session_idle_s":900,"otp_ttl_s":600,"reset_ttl_s":1800}}'),
    ("nectar_call", '{"supports":{"auth":["loa","green_button"],"password_auth":false}}'),
    ("nectar_call", '{"row":{"user":"hopper9","pass":"<removed>","acct":"40900021"},"action":"skipped"}'),
    ("nectar_call", '{"alta":{"usuario":"molino9","contrasena":"","metodo":"carta"}}'),
    ("api_json", '{"token":"METER-40900017","token_type":"meter_alias","code":"RES-1"}'),
    ("api_json", '{"device":"logger","ssid":"MillShop","wifi_password":"plainrod44","channel":6}'),
    ("api_json", '{"rules":{"min_length":10,"text":"Your SmartHub password must have ten or more characters."}}'),
    ("url_param", "/docs?user=YOUR_USERNAME&password=%3Cyour_password%3E&note=send-no-real-values"),
    ("url_param", "/replay?user=hopper&password=********&account=2218400120"),
    ("csv_upload", "acct,portal_user,portal_pw,mfa\n448120,ghop,xxxxxxxx,n/a\n448121,ghop2,(withheld),n/a"),
    ("csv_upload", "account,username,password\nEXAMPLE-1,someone@mill.example,<leave blank>"),
    ("csv_upload", "user_id,username,password_hash\n118,ehop,$2b$12$Jx0eQ9cV7pN4uT2mWbYk3eJp1LrE0Zt6XcUo5HsQaGdFyBv"),
    ("csv_upload", "carrier,tracking,pin,delivered\nlocker,,883014,picked up"),
    ("csv_upload", "column,type,description\npwd_flag,bool,1 if there is a password\nacct_no,char,the account"),
    ("email_reply", 'It takes my mail and then it says "Invalid username or password (ERR-403-2)". Whose end is that?'),
    ("web_form", "i cant get loged in it says usrname or pasword incorect ive tryed five times"),
    ("admin_note", "She wrote her password: withheld (we took it out)."),
    ("email_reply", "Username: hopper9\nPassword: [redacted]\nThanks"),
    ("api_json", '{"user":"hopper9","password":"<password>","acct":"40900021"}'),
    ("api_json", '{"user":"hopper9","password":"xxxx","acct":"40900021"}'),
    ("nectar_call", '{"user":"hopper9","password":"&lt;redacted&gt;","acct":"40900021"}'),
    ("admin_note", "The portal is down Sat 11pm-Sun 4am, then all choose a new password. Expect calls."),
]  # fmt: skip
LOGINS = [
    ("outbound_email", "We will sign in as you and pull the bills; it takes a minute."),
    ("outbound_email", "You will get a sign-in code. Please send it to us when it comes."),
    ("outbound_email", "Thank you for the letter. Please add us to your SmartHub as an extra user."),
    ("nectar_call", '{"question":"May we have the member\'s portal password?","answer":""}'),
    ("nectar_call", '{"otp":"117640","retry_after":3600}'),
    ("nectar_call", '{"invite":{"portal":"smarthub","role":"additional user","state":"accepted"}}'),
    ("nectar_call", '{"login":["hopper9","Gravel.Mill7"],"portal":"smarthub"}'),
    ("nectar_call", '{"alta":{"usuario":"molino9","contrasena":"Yeso.Cal7","metodo":"carta"}}'),
    ("api_json", '{"token":"9f8a7b6c5d4e3f2a1b0c","token_type":"bearer"}'),
    ("api_json", '{"oneTimeCode":"K7M-22P","member":"40119344"}'),
    ("url_param", "/replay?user=hopper&password=Gravel.Mill7&account=2218400120"),
    ("url_param", "/sso?SAMLResponse=PEFzc2VydGlvbiBzdWI9J2hvcHBlcicgaXNzPSdvemFya2JvcmRlcicvPg&RelayState=bills"),
    ("csv_upload", "acct,portal_user,portal_pw,mfa\n448120,ghop,Gravel.Mill7,n/a"),
    ("csv_upload", "carrier,member,portal pin\nlocker,west,8830"),
    ("csv_upload", "user_id,username,password\n118,ehop,Gravel.Mill7"),
    ("admin_note", "Ya quedamos como usuario adicional en el SmartHub de la iglesia."),
    ("web_form", "I left the tablet at your counter with Gail. It's logged in to SmartHub, just open it up."),
    ("api_json", '{"nota":"la tableta gris, ahí se queda abierta la sesión del SmartHub de mi suegro"}'),
    ("email_reply", "Username: hopper9\nPassword: Gravel.Mill7\nThanks"),
    ("email_reply", "Thanks for all you do, I added you as an additional user on my SmartHub."),
    ("outbound_email", "Insistimos en que nos envíe su contraseña del portal."),
    ("outbound_email", "We are writing to ask for your SmartHub password; please reply with it."),
    ("api_json", '{"page":"<user>hopper9</user><password>Gravel.Mill7</password>","site":"smarthub"}'),
    ("api_json", '{"sms":true,"number":"882913","for":"your SmartHub verification code"}'),
    ("email_reply", 'It says "Invalid username", but the password is Gravel.Mill7 and it worked on Monday.'),
]  # fmt: skip


@pytest.mark.parametrize(("inlet", "text"), HONEST)
def test_what_gives_nothing_away_passes(inlet: str, text: str) -> None:
    found = scan(text, inlet)
    assert found is None, (found.rule, text[found.start : found.end])


@pytest.mark.parametrize(("inlet", "text"), LOGINS)
def test_the_same_with_a_login_is_found(inlet: str, text: str) -> None:
    assert scan(text, inlet) is not None
