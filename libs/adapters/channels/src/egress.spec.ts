import { endpointOf, isPublic } from './egress.js';

const none = { allow: new Set<string>() };

describe('S-54: forms of addresses', () => {
  // What the URL itself gives away; names are judged again by what they resolve to (webhook-channel.spec).
  test.each([
    ['http://hooks.example.com/', 'not_https'],
    ['https://127.0.0.1/', 'address_closed'],
    ['https://127.1/', 'address_closed'],
    ['https://0x7f.1/', 'address_closed'],
    ['https://0x7f000001/', 'address_closed'],
    ['https://2130706433/', 'address_closed'],
    ['https://017700000001/', 'address_closed'],
    ['https://①②⑦.0.0.1/', 'address_closed'],
    ['https://127。0。0。1/', 'address_closed'],
    ['https://%31%32%37.0.0.1/', 'address_closed'],
    ['https://127.0.0.1./', 'address_closed'],
    ['https://0/', 'address_closed'],
    ['https://0.0.0.0/', 'address_closed'],
    ['https://10.0.0.1/', 'address_closed'],
    ['https://172.16.0.1/', 'address_closed'],
    ['https://172.31.255.255/', 'address_closed'],
    ['https://192.168.1.1/', 'address_closed'],
    ['https://100.64.0.1/', 'address_closed'],
    ['https://100.100.100.200/', 'address_closed'],
    ['https://169.254.169.254/latest/meta-data', 'address_closed'],
    ['https://198.18.0.1/', 'address_closed'],
    ['https://224.0.0.1/', 'address_closed'],
    ['https://255.255.255.255/', 'address_closed'],
    ['https://192.0.2.1/', 'address_closed'],
    ['https://[::1]/', 'address_closed'],
    ['https://[::]/', 'address_closed'],
    ['https://[::ffff:127.0.0.1]/', 'address_closed'],
    ['https://[::ffff:7f00:1]/', 'address_closed'],
    ['https://[::127.0.0.1]/', 'address_closed'],
    ['https://[64:ff9b::7f00:1]/', 'address_closed'],
    ['https://[2002:7f00:1::]/', 'address_closed'],
    ['https://[2001:0:7f00:1::]/', 'address_closed'],
    ['https://[fe80::1]/', 'address_closed'],
    ['https://[fc00::1]/', 'address_closed'],
    ['https://[fd00:ec2::254]/', 'address_closed'],
    ['https://[ff02::1]/', 'address_closed'],
    ['https://[fe80::1%25eth0]/', 'url_bad'],
    ['https://user:secret@hooks.example.com/', 'credentials_in_url'],
    ['https://user@hooks.example.com/', 'credentials_in_url'],
    ['https://hooks.example.com:22/', 'port_closed'],
    ['https://hooks.example.com:6379/', 'port_closed'],
    ['https://hooks.example.com:80/', 'port_closed'],
    ['ftp://hooks.example.com/', 'url_bad'],
    ['file:///etc/passwd', 'url_bad'],
    ['gopher://127.0.0.1:6379/_x', 'url_bad'],
    ['data:text/plain,x', 'url_bad'],
    ['javascript:alert(1)', 'url_bad'],
    ['//hooks.example.com/', 'url_bad'],
    ['hooks.example.com', 'url_bad'],
    ['', 'url_bad'],
    ['https://', 'url_bad'],
    [`https://hooks.example.com/${'a'.repeat(2_048)}`, 'url_bad'],
  ])('%s is refused: %s', (url, fault) => expect(endpointOf(url, none)).toEqual({ fault }));

  test.each([
    ['https://hooks.example.com/x?y', 'hooks.example.com', 443],
    ['https://HOOKS.example.com.:8443/', 'hooks.example.com', 8443],
    ['https://例子.example/', 'xn--fsqu00a.example', 443],
    ['https://8.8.8.8/', '8.8.8.8', 443],
    ['https://[2606:4700::1111]/', '2606:4700::1111', 443],
    ['https://localhost./', 'localhost', 443],
  ])('%s goes to %s:%d', (url, host, port) =>
    expect(endpointOf(url, none)).toMatchObject({ endpoint: { host, port, secure: true, allowed: false } }),
  );

  test('the allow-list opens one host and port, nothing beside it', () => {
    const egress = { allow: new Set(['127.0.0.1:9000', 'bridge.lan:8080']) };
    expect(endpointOf('http://127.0.0.1:9000/in', egress)).toMatchObject({ endpoint: { allowed: true, secure: false } });
    expect(endpointOf('http://bridge.lan:8080/', egress)).toMatchObject({ endpoint: { allowed: true } });
    for (const url of [
      'http://127.0.0.1:9001/',
      'http://127.0.0.2:9000/',
      'http://bridge.lan/',
      'http://x.bridge.lan:8080/',
      'http://bridge.lan.evil.example:8080/',
    ])
      expect(endpointOf(url, egress)).toHaveProperty('fault');
  });
});

test('what is no address is not public', () => {
  expect(['', 'localhost', 'fe80::1%eth0', '1.2.3', '::ffff:8.8.8.8'].map(isPublic)).toEqual([false, false, false, false, false]);
  expect(['8.8.8.8', '1.1.1.1', '2606:4700::1111'].map(isPublic)).toEqual([true, true, true]);
});
