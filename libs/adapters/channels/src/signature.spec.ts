import { keyOf, signatureOf } from './signature.js';

test('the official vector of Standard Webhooks', () => {
  const key = keyOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  expect(signatureOf([key], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}')).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('while keys are changed both sign', () => {
  const [newer, older] = [
    keyOf(`whsec_${Buffer.alloc(24, 1).toString('base64')}`),
    keyOf(`whsec_${Buffer.alloc(32, 2).toString('base64')}`),
  ];
  expect(signatureOf([newer, older], 'm', 1, 'b').split(' ')).toEqual([
    signatureOf([newer], 'm', 1, 'b'),
    signatureOf([older], 'm', 1, 'b'),
  ]);
});

test.each([
  '',
  'whsec_',
  'abc',
  `whsec_${Buffer.alloc(23).toString('base64')}`,
  `whsec_${Buffer.alloc(65).toString('base64')}`,
  Buffer.alloc(32).toString('base64'),
])('%j is no secret', (secret) => {
  expect(() => keyOf(secret)).toThrow(RangeError);
});
