<?php
// A webhook receiver for belplan. Try it: php -S 127.0.0.1:9000 receiver.php
// SECRET: the webhook's signingSecret; ORIGIN: scheme, host and port as they stand in urlTemplate.

declare(strict_types=1);

const NAMES = ['+31612345678' => 'Jane Doe (ACME)', '+31502100099' => 'Müller GmbH'];
const PINS = ['4711' => '215', '0815' => '+31502102544'];

/** Whether the request is what belplan signed, and not older than five minutes. */
function signed(string $secret, string $origin, string $body): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > 300) {
        return false;
    }
    $key = str_starts_with($secret, 'whsec_') ? base64_decode(substr($secret, 6)) : $secret;
    $content = "$id.$timestamp.{$_SERVER['REQUEST_METHOD']} $origin{$_SERVER['REQUEST_URI']}\n$body";
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', $content, $key, true));
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
}

/** What to do with the call. Values of a GET are in the URL, those of a POST in the body. */
function decide(array $values): array
{
    if (($values['code'] ?? '') !== '') {
        $destination = PINS[$values['code']] ?? null;
        return $destination === null ? ['status' => 'NAK'] : ['status' => 'ACK', 'destination' => $destination];
    }
    $name = NAMES[$values['callerid'] ?? ''] ?? null;
    return $name === null ? ['status' => 'NAK'] : ['status' => 'ACK', 'callername' => $name];
}

$body = (string) file_get_contents('php://input');
$secret = (string) getenv('SECRET');
$origin = getenv('ORIGIN') ?: "http://{$_SERVER['HTTP_HOST']}";
if ($secret !== '' && !signed($secret, $origin, $body)) {
    http_response_code(401);
    exit('status=ERR');
}
header('Content-Type: application/x-www-form-urlencoded; charset=utf-8');
echo http_build_query(decide($_POST + $_GET));
