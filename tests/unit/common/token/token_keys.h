/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_COMMON_TOKEN_KEYS_H
#define BELFRY_TESTS_UNIT_COMMON_TOKEN_KEYS_H

/* Keys made for these tests, and tokens that another implementation (PyJWT 2.6 over OpenSSL through
 * Python's cryptography) signed with them. All have these claims: mercure = {publish: ["*"],
 * subscribe: ["room/{id}"], payload: {"name": "Ann"}}, sub = ann, exp = 4102444800.5. The confused
 * ones are HS256 with the text of the public key as the secret. */

/* clang-format off */
#define RSA_PRIVATE \
    "-----BEGIN PRIVATE KEY-----\n" \
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCWaV7LMYbtBuUe\n" \
    "dwxjO/2G/I588881o3x//MgAwe4x7OKg4aoNcrUNcTLWcAFtncttHBb71159Uivt\n" \
    "f1wdiM71k+DQi7+iDYEjRDjACYOkQ14ZDCeOdzMQGjxkbpLv3Kcu9K3GLx8Bcy+s\n" \
    "16Cy5nvq7dK5SXAtce76cOmiDyL2oldV4VQL00iO+Cb0W6JD66v3mZW4zdfTDyit\n" \
    "GMKbazSKuTnNbjQuO/yIPpnnR4ly3QY+Y7hMNFWkg769JX96pdiMTDN1Pwu6Xiqg\n" \
    "CsWVNA1Ii4xdtwqdpKlfZ5O1RIA0HL/3AT+EgGCarKAmt/GLTfhN7sCriDSADcW8\n" \
    "d3RgpoyhAgMBAAECggEAEPKpiDq56c5Llc2zOyFA1WtywLiWIgScXC2G+bLgXIbF\n" \
    "GHyk9SP2K6AUKt5vAsNzbwVpv5HKZ1OReI7PudI3A6vYepcsjh14bhlbTaQkzab7\n" \
    "nNXmRSLAQbG7GVPuQZG60ssmI30ewMKSXibjyBS5ZMTMaC1SswQx+c0sPiL3fROs\n" \
    "fCmR/iXZHFgNRzgqIE4PL73VjPqsluCuF7UHUCYzAqgFUX1nGC5jTrbpCpgVDZYK\n" \
    "/i7OOzabUnqsLx+x/T7n+bFEbarvlez7FZyATFDTRtevqMQX8ggPm0+kf/CNP2xr\n" \
    "as2hIj/aZYDbPesD7jbyRX/aAAsqDOgLLB/OWnF16wKBgQDO24XPDPnowlrs9WH9\n" \
    "rYVMUoADi02UHWM+mozTthwSRfxUuZ2l1METmgUzFz5t6JfFKvHaVXhHzfvlF1md\n" \
    "03v5e7DYq8f0MKcp+Z0E7wnK7cKn7UexxGvLEB8rTEilCt40vdKqmuSaEiHFZUF5\n" \
    "XAH4Q7ZiR6ynZWb2AreR5rKPIwKBgQC6JPhiHNvuPXwmWP2VP5HG+jl416ywKgo+\n" \
    "roKbZMM/AzusdynJWadwt+2GB8JCkc6sGmcNyVxfD2/jtUv9fifnrR7yecCugEh3\n" \
    "PlHz2+CswoKjoWk0IbGXl9C50rv+G0SDGn/3E7HnzTEpdUXNTVccicqPcqMyRgjL\n" \
    "qehKQuhzawKBgEpffSWrabL5Jg3qT9gQaku9oc8kZ7koM8WPdbCs2jzrssSXlAnK\n" \
    "i7zLdLEg205TATZfsWMptbxDYBzHH25yWjGh+jx8zsCKOaAK4hyjASdYAtOzqUJN\n" \
    "99+jpUFBBSFp3eiikzrJxAVtHX1GYZsLrJ2hYtLFKFtrRvCOm4e2pV53AoGBAIsS\n" \
    "fBCxhw+kGFF+Q1dyuzNyV+YVHQwxHJ5gO2xmCAnYHIlqLmok9ZidknSE73pU/ZhP\n" \
    "0ZbXTpAnNG1oUnH+A0pwaaK3nGHDrmCIyynqqR3p5Tjjq3orgkfEQUnUTGg5byKU\n" \
    "de7fZBfPkl9rIs+UbPUBbblm6M7yzDd9pfN1sb4pAoGAZgHP3f8lnQi5hwBhIErG\n" \
    "n5UA1R/4sLWuS5R60EmQ6evAh9DNuQ8gOokGqmBJiDQrDvAvSH+6uhnRQVLZbM5M\n" \
    "PQcg10WE8oXFhaHERX6TENbx3ZANu3nJD69/VpnnWxUAaQ2BGXdGPWO+lMEcaS3/\n" \
    "srBZHWbANJZ6Gf0S8b1qSDE=\n" \
    "-----END PRIVATE KEY-----\n"

#define RSA_PUBLIC \
    "-----BEGIN PUBLIC KEY-----\n" \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlmleyzGG7QblHncMYzv9\n" \
    "hvyOfPPPNaN8f/zIAMHuMezioOGqDXK1DXEy1nABbZ3LbRwW+9defVIr7X9cHYjO\n" \
    "9ZPg0Iu/og2BI0Q4wAmDpENeGQwnjnczEBo8ZG6S79ynLvStxi8fAXMvrNegsuZ7\n" \
    "6u3SuUlwLXHu+nDpog8i9qJXVeFUC9NIjvgm9FuiQ+ur95mVuM3X0w8orRjCm2s0\n" \
    "irk5zW40Ljv8iD6Z50eJct0GPmO4TDRVpIO+vSV/eqXYjEwzdT8Lul4qoArFlTQN\n" \
    "SIuMXbcKnaSpX2eTtUSANBy/9wE/hIBgmqygJrfxi034Te7Aq4g0gA3FvHd0YKaM\n" \
    "oQIDAQAB\n" \
    "-----END PUBLIC KEY-----\n"

#define RSA_PUBLIC_PKCS1 \
    "-----BEGIN RSA PUBLIC KEY-----\n" \
    "MIIBCgKCAQEAlmleyzGG7QblHncMYzv9hvyOfPPPNaN8f/zIAMHuMezioOGqDXK1\n" \
    "DXEy1nABbZ3LbRwW+9defVIr7X9cHYjO9ZPg0Iu/og2BI0Q4wAmDpENeGQwnjncz\n" \
    "EBo8ZG6S79ynLvStxi8fAXMvrNegsuZ76u3SuUlwLXHu+nDpog8i9qJXVeFUC9NI\n" \
    "jvgm9FuiQ+ur95mVuM3X0w8orRjCm2s0irk5zW40Ljv8iD6Z50eJct0GPmO4TDRV\n" \
    "pIO+vSV/eqXYjEwzdT8Lul4qoArFlTQNSIuMXbcKnaSpX2eTtUSANBy/9wE/hIBg\n" \
    "mqygJrfxi034Te7Aq4g0gA3FvHd0YKaMoQIDAQAB\n" \
    "-----END RSA PUBLIC KEY-----\n"

#define RSA_1024_PUBLIC \
    "-----BEGIN PUBLIC KEY-----\n" \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCxyqFUb/RNXjeQ/h3gyhoc7x9k\n" \
    "8+v4MiJhOxOSpqu6UjaXb7BRB45Ho6mMT6p69B03lelPQyJQd5KvA7CpD/tjSGIe\n" \
    "E8mDLnthroSgAOtcZJ+R8oPB71aml2JQZmr8mocFDuF2KARK1dGnqZhy0pytaFbS\n" \
    "oksX8qUB5GDLz+p3owIDAQAB\n" \
    "-----END PUBLIC KEY-----\n"

#define P256_PRIVATE \
    "-----BEGIN PRIVATE KEY-----\n" \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgztAzyJQuxybb2ad0\n" \
    "zVxyKxXRIQAB90MIfUmeq7rmN3KhRANCAASTu/9BII9io6I10ODFCh1sptgbnsiG\n" \
    "EPiivmSQNI58zDX68qYXvRDJGDO0STuNbEq9UbuQhGZUrPQSEuoRCM9G\n" \
    "-----END PRIVATE KEY-----\n"

#define P256_PRIVATE_SEC1 \
    "-----BEGIN EC PRIVATE KEY-----\n" \
    "MHcCAQEEIM7QM8iULscm29mndM1ccisV0SEAAfdDCH1Jnqu65jdyoAoGCCqGSM49\n" \
    "AwEHoUQDQgAEk7v/QSCPYqOiNdDgxQodbKbYG57IhhD4or5kkDSOfMw1+vKmF70Q\n" \
    "yRgztEk7jWxKvVG7kIRmVKz0EhLqEQjPRg==\n" \
    "-----END EC PRIVATE KEY-----\n"

#define P256_PUBLIC \
    "-----BEGIN PUBLIC KEY-----\n" \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEk7v/QSCPYqOiNdDgxQodbKbYG57I\n" \
    "hhD4or5kkDSOfMw1+vKmF70QyRgztEk7jWxKvVG7kIRmVKz0EhLqEQjPRg==\n" \
    "-----END PUBLIC KEY-----\n"

#define P256_ENCRYPTED \
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" \
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg0JxFMVblTqQICCAAw\n" \
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHVGBDqJWwfT32UdjsUFNPEEgZBz\n" \
    "SpyxE1tKcE2TYBzj//42L9p9rpGlatdIUO0zj7K2MEM7howF4n5vUa74nD9OG91C\n" \
    "uTZR/EytqkjFDkrfaUHR5Uxx2J28eHZ9Dj/LJWJ8XDzP8hKLZig9JXN4YO07wu32\n" \
    "NdEQqcNHgOnCgghyyzX3dhHJ9kvdTsMgHsIA69YBOW4BGmrH8pk61lHaLoHuaIU=\n" \
    "-----END ENCRYPTED PRIVATE KEY-----\n"

#define P384_PRIVATE \
    "-----BEGIN PRIVATE KEY-----\n" \
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDzNRWocmsMWV9x9nxe\n" \
    "0dlR3ol8D4mF9a3XKpKWnsuHWrnSvVgW7UzlWDpHkxQj9UChZANiAAQ2Xaujjp/q\n" \
    "/nfYisrM3i8yJCXSgFXO1R2RflTsJRMTHeQZvM3VUAGGwd5p+7iBeySQhhOafgQQ\n" \
    "bk4KDQ21vnhxPFFkeXlINjFWMITUy3IE8OdskwOOz699fa6IuRWtqWw=\n" \
    "-----END PRIVATE KEY-----\n"

#define P384_PUBLIC \
    "-----BEGIN PUBLIC KEY-----\n" \
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAENl2ro46f6v532IrKzN4vMiQl0oBVztUd\n" \
    "kX5U7CUTEx3kGbzN1VABhsHeafu4gXskkIYTmn4EEG5OCg0Ntb54cTxRZHl5SDYx\n" \
    "VjCE1MtyBPDnbJMDjs+vfX2uiLkVrals\n" \
    "-----END PUBLIC KEY-----\n"

#define SECP256K1_PUBLIC \
    "-----BEGIN PUBLIC KEY-----\n" \
    "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE59MP3P9/GdHlabEdf9JFiNRRr17tJ+4o\n" \
    "PLmYWXiZ6tSY5eOfk23q2Viukyk9c1W+KKXLZNMqYlHaebc9oewrMw==\n" \
    "-----END PUBLIC KEY-----\n"

#define ED25519_PRIVATE \
    "-----BEGIN PRIVATE KEY-----\n" \
    "MC4CAQAwBQYDK2VwBCIEIC/5AlPCFdederXkMisiGjMYv61hcPO8Z/KP2cqwUGua\n" \
    "-----END PRIVATE KEY-----\n"

#define ED25519_PUBLIC \
    "-----BEGIN PUBLIC KEY-----\n" \
    "MCowBQYDK2VwAyEAi2eSsZiaG/IZSsr/3XEMNwCIyIWjH0PVoJYXbgGTVOo=\n" \
    "-----END PUBLIC KEY-----\n"

#define SECRET_64 \
    "a secret of the tests that has 64 bytes, enough for HS512 as wel"

#define RSA_1024_JWK \
    "{\"kty\": \"RSA\", \"alg\": \"RS256\", \"n\": \"scqhVG_0TV43kP4d4MoaHO8fZPPr-DIiYTsTkqarulI" \
    "2l2-wUQeOR6OpjE-qevQdN5XpT0MiUHeSrwOwqQ_7Y0hiHhPJgy57Ya6EoADrXGSfkfKDwe9WppdiUGZ" \
    "q_JqHBQ7hdigEStXRp6mYctKcrWhW0qJLF_KlAeRgy8_qd6M\", \"e\": \"AQAB\"}"

#define MIXED_JWKS \
    "{\"keys\": [{\"kty\": \"RSA\", \"kid\": \"enc\", \"use\": \"enc\", \"alg\": \"RSA-OAEP\", \"n\": \"lm" \
    "leyzGG7QblHncMYzv9hvyOfPPPNaN8f_zIAMHuMezioOGqDXK1DXEy1nABbZ3LbRwW-9defVIr7X9cHY" \
    "jO9ZPg0Iu_og2BI0Q4wAmDpENeGQwnjnczEBo8ZG6S79ynLvStxi8fAXMvrNegsuZ76u3SuUlwLXHu-n" \
    "Dpog8i9qJXVeFUC9NIjvgm9FuiQ-ur95mVuM3X0w8orRjCm2s0irk5zW40Ljv8iD6Z50eJct0GPmO4TD" \
    "RVpIO-vSV_eqXYjEwzdT8Lul4qoArFlTQNSIuMXbcKnaSpX2eTtUSANBy_9wE_hIBgmqygJrfxi034Te" \
    "7Aq4g0gA3FvHd0YKaMoQ\", \"e\": \"AQAB\"}, {\"kty\": \"RSA\", \"kid\": \"r256\", \"use\": \"sig\"," \
    " \"alg\": \"RS256\", \"n\": \"lmleyzGG7QblHncMYzv9hvyOfPPPNaN8f_zIAMHuMezioOGqDXK1DXEy1" \
    "nABbZ3LbRwW-9defVIr7X9cHYjO9ZPg0Iu_og2BI0Q4wAmDpENeGQwnjnczEBo8ZG6S79ynLvStxi8fA" \
    "XMvrNegsuZ76u3SuUlwLXHu-nDpog8i9qJXVeFUC9NIjvgm9FuiQ-ur95mVuM3X0w8orRjCm2s0irk5z" \
    "W40Ljv8iD6Z50eJct0GPmO4TDRVpIO-vSV_eqXYjEwzdT8Lul4qoArFlTQNSIuMXbcKnaSpX2eTtUSAN" \
    "By_9wE_hIBgmqygJrfxi034Te7Aq4g0gA3FvHd0YKaMoQ\", \"e\": \"AQAB\"}, {\"kty\": \"RSA\", \"ki" \
    "d\": \"p256\", \"alg\": \"PS256\", \"key_ops\": [\"verify\"], \"n\": \"lmleyzGG7QblHncMYzv9hvy" \
    "OfPPPNaN8f_zIAMHuMezioOGqDXK1DXEy1nABbZ3LbRwW-9defVIr7X9cHYjO9ZPg0Iu_og2BI0Q4wAm" \
    "DpENeGQwnjnczEBo8ZG6S79ynLvStxi8fAXMvrNegsuZ76u3SuUlwLXHu-nDpog8i9qJXVeFUC9NIjvg" \
    "m9FuiQ-ur95mVuM3X0w8orRjCm2s0irk5zW40Ljv8iD6Z50eJct0GPmO4TDRVpIO-vSV_eqXYjEwzdT8" \
    "Lul4qoArFlTQNSIuMXbcKnaSpX2eTtUSANBy_9wE_hIBgmqygJrfxi034Te7Aq4g0gA3FvHd0YKaMoQ\"" \
    ", \"e\": \"AQAB\"}, {\"kty\": \"EC\", \"kid\": \"e256\", \"alg\": \"ES256\", \"crv\": \"P-256\", \"x\"" \
    ": \"k7v_QSCPYqOiNdDgxQodbKbYG57IhhD4or5kkDSOfMw\", \"y\": \"Nfryphe9EMkYM7RJO41sSr1Ru" \
    "5CEZlSs9BIS6hEIz0Y\"}, {\"kty\": \"EC\", \"kid\": \"e384\", \"alg\": \"ES384\", \"crv\": \"P-384" \
    "\", \"x\": \"Nl2ro46f6v532IrKzN4vMiQl0oBVztUdkX5U7CUTEx3kGbzN1VABhsHeafu4gXsk\", \"y\":" \
    " \"kIYTmn4EEG5OCg0Ntb54cTxRZHl5SDYxVjCE1MtyBPDnbJMDjs-vfX2uiLkVrals\"}, {\"kty\": \"E" \
    "C\", \"kid\": \"k1\", \"alg\": \"ES256K\", \"crv\": \"secp256k1\", \"x\": \"k7v_QSCPYqOiNdDgxQod" \
    "bKbYG57IhhD4or5kkDSOfMw\", \"y\": \"Nfryphe9EMkYM7RJO41sSr1Ru5CEZlSs9BIS6hEIz0Y\"}, {" \
    "\"kty\": \"OKP\", \"kid\": \"ed\", \"alg\": \"EdDSA\", \"crv\": \"Ed25519\", \"x\": \"i2eSsZiaG_IZS" \
    "sr_3XEMNwCIyIWjH0PVoJYXbgGTVOo\"}, {\"kty\": \"oct\", \"kid\": \"hs\", \"alg\": \"HS256\", \"k" \
    "\": \"YSBzZWNyZXQgb2YgdGhlIHRlc3RzIHRoYXQgaGFzIDY0IGJ5dGVzLCBlbm91Z2ggZm9yIEhTNTEy" \
    "IGFzIHdlbA\"}]}"

#define TOKEN_HS256 \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.50UZJ4mz34tvlHWSs923hBP74j1QxyEVbE_0wuxsSFQ"

#define TOKEN_HS384 \
    "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.bEST8CY740LI-1xjd21SLiVs2j4BVsiJzDItOAOKgcP_gdPCYQnK-V" \
    "Lc6tTcbdaa"

#define TOKEN_HS512 \
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.3MUsyXL40JGCa8U3ikVeaP-B59-XLl9RQrzMEXsmDjxFMZRep3W12B" \
    "DxnfUjC5Cl1oh46VvFzV2GnTJq1yzQ2g"

#define TOKEN_RS256 \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.SZ-zcu1TTBf481oPP7EiiFEOR0IB6D8xBZxD5QvAjE3XH8OlobVZgh" \
    "DFpnnbesCrhVtmSyZEGmWUkjPmJ_HBf61_KrscpqodX9WJnEnkqdRWaKBRrYzAU9DJmuBvVjUahlodBm" \
    "hr8Vw8lcP6RGueaV8_yPXRcAZhXp9REAlAe_7PP78ULi6Ni9MG2-jH1YdsRvU0pPdPhYuTnQR-itdo54" \
    "G705PVVgAiY8znE4CkzAweEhFZ4KvmE8vIYF5ILu_oJukGfwvi3AfKYyMX54Je6e2itDnPS6VQ35pUMr" \
    "ikS6l7VGaOj3PddMZHQDdhUj3WAnYcu1GUcpI7L8CS7DVbrQ"

#define TOKEN_RS384 \
    "eyJhbGciOiJSUzM4NCIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.DChsNgnw1skqoOX9LpxE8Zf9ZDarItg9flDMn2laF7lZhoZbqTDexy" \
    "jCCfZWkixXO2Subgi8oN4-NnAJAc3nFiIfNPUdIB3VBQBmKU1wSPnKUWb0pxieQkbqJqbEyBAPfp9vbQ" \
    "PmbihTQyN7BHMhTciMgJ59HZ10UUvpRr72l7zKnzkoxwlIP96AD1azEv2IKMCkSKlhEpeeX3vNeQfCly" \
    "s1RDXz0qRF8muvVnq6MX3AjbeDC7J0wsjkHR_XO6Gy1xuFc_0B0jGT-ZpMAJg1adA_UC5NUghMGSx4BK" \
    "WsnJjXeBQOdrOe9hjSqJJnmsbI9RtJ6XocYxtMD60HzuTJug"

#define TOKEN_RS512 \
    "eyJhbGciOiJSUzUxMiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.CgytydMAVIzrtVt2BKRBwByJw78nGTFsjtDvWYPSCgtZK9mb8646xR" \
    "QvFWnazQVDMrVaUqJaXS5Lgz7sRWs8TWXmUGg6qwmC00mSDj2oVLFEBKAj8_nHksFWA5p0rYj4UtBxZ3" \
    "WuajvCFQmwOOZ8SPr4AGZqXfKUZ1XQx4z9OfWWfGCZOVtJvv8bXLmpXUhe08vxv_X9cj1w7jvZ4lhHDn" \
    "wuGPVOcCabGM0DkODEpO0OEOTwDahY_xrU0e-lE_PiiSabv-x9N11H6Fjmjyas_T2JBwbLh273nNL3vp" \
    "Di-bMkMOedW6QMyzxvMGp6QvUWdfN2e6z2hoNk4PhjaX6jpQ"

#define TOKEN_PS256 \
    "eyJhbGciOiJQUzI1NiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.Fewp-y7TRtK9miVF-m7RVseUUE_ZmbwpqQkojMGcoaMZ_rvbi8mzPv" \
    "03BkkEvEONeIXWLSkP7sI9_MoejpczJ39zUGk9l-oSrvRyKuCAYsoLTOEjcgJYkgb03xZ6i2TpaQCbTM" \
    "658wjBc047N4-9Opg0W7mmfIG8bmlfU6Ozs6dceqYGsb10S8sxhnX0xoApG6XVlE2H9YIKMSRvp0MBO7" \
    "qDo-_O9-FZl59iiT8MrfnvO6ggCnmGAvpWbG0UptxrthC-GY5f-U6USt4rnwN4WN8iiG3p4PP_BpduIa" \
    "Me_STtxbMs4RYpILVfQzicT98-0FLvd0w5KGtkgNy1v6GUJA"

/* The same with the longest salt instead of one as long as the hash. */
#define TOKEN_PS256_LONG_SALT \
    "eyJhbGciOiJQUzI1NiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.borCFX1iZHJSHpn-w68y2RzSS-1IwSkAjtEn_OhQo1vW-31iXmBZXR" \
    "wFSTj0aya2VUEX4vAk6zVNDZ-EyQ9ZNOTcsa9gcoQ3SxzbF65EeEMgYI1AKPkGFbThZ2c0IAPvaXN04A" \
    "miU3Gce7HBA1AWzDNUltheRlYrWckmWObWZxDpRmjOZ2uJJJOaJvU9OqGukjKq1yEvCvFXcNDjNvbQS4" \
    "3brzJ3bI9ZEO71DXtMqwJvENF1SJ3W6Pbi-8nU6oBv2rwsmDrZ2l5mftaHTPQDztJziBA5sRdCEFASnm" \
    "k5iBJbcm2w_EdeYo9T6MSZUqTvQ5mi8Z6QLcL9--G0PzfyQw"

#define TOKEN_PS384 \
    "eyJhbGciOiJQUzM4NCIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.kB_gXtFh_jgj_H5jO3IvyqaIwtc27NKFHJ7MLgQogFKPEtxvHe2qIv" \
    "DYSlHCD2i4T2SAt5CzNmHx_SHAmlH5cG6gBy6WfjM6hWG5eSWfY93sWhTb3hwCJT8dopGiPkKGlumOBy" \
    "eUOkYWEJP6IKsdHFgu8Uwq0vdIRQvdJi-nBg3TDeF_tRRLZbGKEoqX9azmaKqcDamNMUeTpL7tefhMX9" \
    "zV-7btd24VGEQFIm3OO4N9Htmf0ZdyrCvLFbxSpuQ7bzCuyoQUI0ApoXxmOzZ0O5uns5FVOT0HZCy4zN" \
    "NG037tFg_sjlDyk6G5WjX5MleSIGhF1d1dK4gpn_sq0W3aKQ"

#define TOKEN_PS512 \
    "eyJhbGciOiJQUzUxMiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.QV1ui1Ek75Au5fES5AhslSpCsqrVxJkWsLOUaDAfE20sla3WPecAhu" \
    "4Kz5J_b-TBGWu8Keu1w6GhC0D2Ee6LhgSRjEXPIlwhv-DAp6cMEP_aTj2Jl2s5uhK6Vulcwuqp4VvZym" \
    "-Me6bG0UPbs0puNUleKv3a5XLO284jVey-cNHfaso_LNmdcTkLcMouvC5Unq8KSfpdjOI9BwnCyWQIpp" \
    "VNSxs6jsROlcEtAUghpRx1g7IdyGoeDR8vsHfIEiAzhPJZzGMjYmEosaytlibyZFvSrrJlWwm3X8tIlY" \
    "RveEHvs4TAgSToHH0bd7K45dH0NNHXJpMoV5ZttTknXzr9BA"

#define TOKEN_ES256 \
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.XJGNIzQxHv2kjnO9d315TJkapvs1qGnhIpYDtZ34pDfqg16zVRnDCO" \
    "DmkzWm5wrG_wY7Z2s_6haqD2riptWF9w"

#define TOKEN_ES384 \
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.pyKBWjlugazbb9ChLp6yb2Tvg5_CLyS12-FBxt5Bcfp6NuJNXUwmcH" \
    "iFaZYCTvdMCS7B911sOyZ2pO0a1c7MJBoLEd7pO2ZsYS1V9bdPHZkkgzmmH7zDQ8hoSR5mVnMz"

#define TOKEN_EDDSA \
    "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.3gL9thP6xsEsC4gn7b0GugMjgu4C1Y0ZLGJTWxq251fmpwUrHzGeon" \
    "uexNjsomh_Rte6DFQkWo7bBBeIqECHCw"

#define TOKEN_CONFUSED_RSA \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.W-EuRX8DBUUcmwxRXNUhPY7EknuhQXbqtsguzPPacFE"

#define TOKEN_CONFUSED_P256 \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJtZXJjdXJlIjp7InB1Ymxpc2giOlsiKiJdLCJzdWJ" \
    "zY3JpYmUiOlsicm9vbS97aWR9Il0sInBheWxvYWQiOnsibmFtZSI6IkFubiJ9fSwic3ViIjoiYW5uIiw" \
    "iZXhwIjo0MTAyNDQ0ODAwLjV9.da4AAC9Osx6kEOFVrHZCCvgShiHvf_-gAHmoX5yCcKc"
/* clang-format on */

#endif
