// A rule of ElastAlert 2 as a rule, a correlation or a scheduled query, by its type.
// https://elastalert2.readthedocs.io/en/latest/ruletypes.html

import { readDocumentText } from '../../core/document-text.ts';
import { fileName, type Written, yamlFile } from '../document.ts';
import { members } from '../elasticsearch/query.ts';
import { collectFindings, type Imported, type ImportOptions, type ImportSource, Unsupported } from '../import.ts';
import { countingRule, matchRule } from './correlation.ts';
import { queryRule } from './query.ts';
import { type ElastAlertRule, readRule } from './rule.ts';

interface RuleType {
  readonly folder: 'rules' | 'correlations' | 'queries';
  readonly take: (rule: ElastAlertRule) => readonly Written[];
}

const match: RuleType = { folder: 'rules', take: matchRule };
const counting: RuleType = { folder: 'correlations', take: countingRule };
const query: RuleType = { folder: 'queries', take: queryRule };

const types = new Map<string, RuleType>(
  Object.entries({
    any: match,
    blacklist: match,
    whitelist: match,
    frequency: counting,
    cardinality: counting,
    flatline: counting,
    spike: counting,
    new_term: counting,
    change: query,
    metric_aggregation: query,
    spike_aggregation: query,
    percentage_match: query,
  }),
);

/** What says nothing of what is found, or is said by other means here. */
const heeded =
  /^(?:name|type|index|filter|query_key|timeframe|realert|exponential_realert|aggregation|alert|alert_subject|alert_subject_args|description|owner|priority|is_enabled|timestamp_field|include|num_events|cardinality_field|max_cardinality|min_cardinality|threshold|spike_height|spike_type|threshold_cur|threshold_ref|alert_on_new_data|field_value|fields|terms_window_size|compare_key|compound_compare_key|ignore_null|blacklist|whitelist|metric_agg_key|metric_agg_type|metric_agg_script|max_threshold|min_threshold|min_doc_count|bucket_interval|buffer_time|percentile_range|match_bucket_filter|min_percentage|max_percentage|min_denominator)$/;
const needless =
  /^(?:import|category|run_every|query_delay|use_count_query|use_terms_query|terms_size|doc_type|use_strftime_index|search_extra_index|include_match_in_root|include_fields|include_rule_params_in_.*|timestamp_type|timestamp_format|use_local_time|max_query_size|scroll_keepalive|attach_related|sync_bucket_interval|allow_buffer_time_overlap|use_run_every_query_size|use_keyword_postfix|window_step_size|forget_keys|scan_entire_timeframe|metric_format_string|percentage_format_string|filter_by_list|top_count_.*|raw_count_keys|alert_text|alert_text_type|alert_text_args|alert_text_kw|alert_missing_value|generate_kibana_.*|kibana_.*|kibana[0-9]*_.*|es_.*|owner|summary_.*|aggregate_by_match_time|notify_email|smtp_.*|from_addr|cc|bcc|email.*|jira_.*|slack_.*|hive_.*|iris_.*|opsgenie_.*|discord_.*|tencent_.*|ms_.*|pagerduty_.*|http_post.*|telegram_.*|mattermost_.*|alertmanager_.*|alerta_.*|debug.*)$/;

export function importElastAlert(source: ImportSource, options: ImportOptions): Imported {
  const document = readDocumentText(source.text, source.file);
  if (document.syntax.length > 0) return { files: [], refused: document.syntax, told: [] };
  const findings = collectFindings(document);
  const file = findings.attempt(() => {
    const whole = members(document.value, []);
    const type = types.get(String(whole['type']));
    if (type === undefined) {
      const isCustom = String(whole['type']).includes('.');
      throw new Unsupported(
        ['type'],
        isCustom ? 'a type of your own in Python is not taken' : `there is no type \`${String(whole['type'])}\``,
      );
    }
    for (const key of ['match_enhancements', 'limit_execution', 'import']) {
      if (whole[key] !== undefined) findings.refuse([key], 'is not taken');
    }
    for (const key of Object.keys(whole)) {
      if (!heeded.test(key) && !needless.test(key) && key !== 'match_enhancements' && key !== 'limit_execution')
        findings.lose([key], 'is not known and is left out');
    }
    if (whole['alert_text'] !== undefined)
      findings.tell(['alert_text'], 'is left out: an alert shows its title, its context and its events');
    const rule = readRule(whole, findings, options);
    const documents = type.take(rule);
    if (!rule.isKnown || findings.isBroken()) findings.tell([], 'is written switched off (siem.enabled: false)');
    const name = source.file.split(/[\\/]/).at(-1);
    const [first, ...rest] = documents;
    return yamlFile(`${type.folder}/${fileName(rule.name)}.yml`, [{ ...withImport(first ?? {}, name) }, ...rest]);
  });
  return { files: file === undefined ? [] : [file], refused: findings.refused, told: findings.told };
}

function withImport(document: Written, file: string | undefined): Written {
  const { title, id, ...rest } = document;
  return { title, id, import: { format: 'elastalert', file }, ...rest };
}
