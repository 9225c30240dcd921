<p>Hi ${user name}!</p>
<#if a b>kept</#if>
<#assgin x = 1>
<#list xs as x>${x?foo}</#list>
<@m a=1, b=2>body</@m>
${"abc ${x y}"}
</#list>
<#if (a > b>never closed
