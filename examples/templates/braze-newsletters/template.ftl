<#-- The user property `newsletters` (an array with market and newsletter_names) as flat Braze attributes. -->
<#assign newsletters = (input.user_properties.newsletters)![]>
{
  "attributes": [
    {
      <#if input.user_id??>
      "external_id": "${input.user_id?json_string}",
      <#else>
      "user_alias": {"alias_name": "${(input.device_id!"unknown")?json_string}", "alias_label": "amplitude_device"},
      </#if>
      <#list newsletters as newsletter>
      "newsletters_${newsletter.market?lower_case?json_string}": [<#list newsletter.newsletter_names as name>"${name?json_string}"<#sep>, </#list>],
      </#list>
      "newsletter_markets": [<#list newsletters?filter(n -> n.newsletter_names?has_content)?map(n -> n.market) as market>"${market?json_string}"<#sep>, </#list>],
      "newsletter_count": ${newsletters?map(n -> n.newsletter_names?size)?join("+", "0")?eval?c}
    }
  ]
}
