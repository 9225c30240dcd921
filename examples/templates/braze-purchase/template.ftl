<#-- A revenue event as Braze purchases, one for each product. -->
<#assign e = input.event_properties>
<#assign currency = (e["$currency"])!"USD">
<#macro purchase id price quantity>
    {
      <#if input.user_id??>
      "external_id": "${input.user_id?json_string}",
      <#else>
      "user_alias": {"alias_name": "${(input.device_id!"unknown")?json_string}", "alias_label": "amplitude_device"},
      </#if>
      "product_id": "${id?json_string}",
      "currency": "${currency}",
      "price": ${price?c},
      "quantity": ${quantity?c},
      "time": "${input.event_time?replace(" ", "T")?datetime.iso?iso_utc}"
    }</#macro>
{
  "purchases": [
<#if (e.products)?has_content>
<#list e.products as product>
<@purchase id=product.sku!product.name price=product.price!0 quantity=product.quantity!1/><#sep>,</#sep>
</#list>
<#elseif (e["$price"])??>
<@purchase id=(e["$productId"])!"unknown" price=e["$price"] quantity=(e["$quantity"])!1/>

</#if>
  ]
}
