${1}
  <#if true>
    b <#t>
  </#if>
  <#assign x = 1> <#assign y = 2>
<#macro m>

  text
</#macro>

end
