<#-- Records what a person agreed to, when, and to which version of the policy. -->
<#assign consent = input.event_properties>
{
  "subject": {
    "user_id": ${(input.user_id)?cn},
    "device_id": ${(input.device_id)?cn}
  },
  "recorded_at": "${input.event_time?replace(" ", "T")?datetime.iso?iso_utc_ms}",
  "policy": ${(consent.policy_version)?cn},
  "decisions": [
<#list consent.purposes!{} as purpose, granted>
    {"purpose": ${purpose?c}, "decision": "<#if granted??>${granted?string("granted", "denied")}<#else>not asked</#if>"}<#sep>,</#sep>
</#list>
  ],
  "vendors": [${(consent.vendors![])?join(", ")}],
  "event": ${input.event_type?c},
  "evidence": "${(input.uuid)!"none"}"
}
