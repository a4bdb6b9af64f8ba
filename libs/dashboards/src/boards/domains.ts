import type { DomainSpec } from './domain.js';

/** Gas pipes and the spaces beside them are one duty desk, so one board. */
export const GAS: DomainSpec = {
  uid: 'anlan-gas',
  title: '燃气管网与相邻空间 · Gas network and adjacent spaces',
  description: '调压、管段、可燃气体探测与相邻地下空间气体。',
  domains: ['gas', 'uspace'],
  glance: ['uspace_ch4_vol', 'gas_lel', 'gas_openpath', 'uspace_o2'],
  groups: [
    { title: '相邻地下空间 · Adjacent spaces', metrics: ['uspace_ch4_vol', 'uspace_h2s', 'uspace_o2', 'uspace_water_level'] },
    { title: '可燃气体 · Combustible gas', metrics: ['gas_lel', 'gas_openpath'] },
    {
      title: '压力与流量 · Pressure and flow',
      metrics: ['gas_regulator_outlet_pressure', 'gas_regulator_inlet_pressure', 'gas_pipe_pressure', 'gas_flow_rate'],
    },
    { title: '过滤与加臭 · Filters and odorant', metrics: ['gas_filter_dp', 'gas_odorant'] },
  ],
};

export const HAZARD_SOURCE: DomainSpec = {
  uid: 'anlan-hazard-source',
  title: '危险化学品重大危险源 · Major hazard sources',
  description: '储罐液位、压力、温度，可燃与有毒气体，罐区气象。',
  domains: ['haz'],
  glance: ['haz_lel', 'haz_nh3', 'haz_benzene', 'haz_wind_speed'],
  groups: [
    { title: '储罐 · Tanks', metrics: ['haz_tank_level', 'haz_tank_pressure', 'haz_tank_temp'] },
    { title: '可燃与有毒气体 · Combustible and toxic gas', metrics: ['haz_lel', 'haz_nh3', 'haz_benzene'] },
    { title: '气象 · Weather', metrics: ['haz_wind_speed', 'haz_amb_temp', 'haz_humidity'] },
  ],
};

export const TAILINGS_DAM: DomainSpec = {
  uid: 'anlan-tailings-dam',
  title: '尾矿库 · Tailings dams',
  description: '浸润线、位移、库水位、干滩与超高、降雨、渗流、排水井。',
  domains: ['tsf'],
  glance: ['tsf_phreatic_depth', 'tsf_freeboard', 'tsf_disp_h', 'tsf_rain_24h'],
  groups: [
    {
      title: '浸润线与渗流 · Phreatic line and seepage',
      metrics: ['tsf_phreatic_depth', 'tsf_pore_pressure', 'tsf_seepage_flow', 'tsf_seepage_turbidity'],
    },
    { title: '位移 · Displacement', metrics: ['tsf_disp_h', 'tsf_disp_u', 'tsf_bank_disp', 'tsf_drain_well_tilt'] },
    {
      title: '库水位、干滩与降雨 · Pool, beach and rain',
      metrics: ['tsf_pool_level', 'tsf_freeboard', 'tsf_beach_length', 'tsf_rain_24h', 'tsf_rain_1h'],
    },
  ],
};
