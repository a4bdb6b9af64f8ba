export {
  CONFIDENCES,
  OUR_DEFAULT,
  type Amount,
  type Confidence,
  type Pack,
  type PackMetric,
  type Template,
  type TemplateLevel,
} from './pack.js';
export { readPack } from './read-pack.js';
export { lintPack } from './lint-pack.js';
export { parseYaml, withLines } from './yaml-lines.js';
export { loadPacks, type Packs } from './load-packs.js';
export { ruleFrom, sourceOf, type Placement, type References, type RuleBody } from './template.js';
export { demoCity, type DemoBundle } from './demo-city.js';
export { demoRegions, type FeatureCollection, type RegionFeature } from './demo-regions.js';
