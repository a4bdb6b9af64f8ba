import { useTranslation } from 'react-i18next';

/** Domains that have a word; a new pack's domain shows by its code until it gets one. */
const KNOWN = [
  'gas',
  'uspace',
  'haz',
  'tsf',
  'bridge',
  'water',
  'drainage',
  'heating',
  'tunnel',
  'manhole',
  'fire',
  'lift',
  'road',
  'lighting',
  'slope',
] as const;
/** Codes of the packs whose word is another's. */
const SAME: Readonly<Record<string, KnownDomain>> = {
  brg: 'bridge',
  wtr: 'water',
  drn: 'drainage',
  heat: 'heating',
  tun: 'tunnel',
  mhc: 'manhole',
  elv: 'lift',
  lgt: 'lighting',
};
type KnownDomain = (typeof KNOWN)[number];

export function useDomainText(): (domain: string) => string {
  const { t } = useTranslation();
  return (domain) => {
    const known = SAME[domain] ?? KNOWN.find((name): name is KnownDomain => name === domain);
    return known === undefined ? domain : t(`domain.${known}`);
  };
}
