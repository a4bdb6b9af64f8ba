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
type KnownDomain = (typeof KNOWN)[number];

export function useDomainText(): (domain: string) => string {
  const { t } = useTranslation();
  return (domain) => {
    const known = KNOWN.find((name): name is KnownDomain => name === domain);
    return known === undefined ? domain : t(`domain.${known}`);
  };
}
