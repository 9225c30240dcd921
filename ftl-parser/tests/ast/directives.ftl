<#if a>
  yes
<#elseif b?? && !c>
  maybe
<#else>
  no
</#if>
<#list items as item>
  ${item?counter}. ${item}<#sep>, </#sep>
<#else>
  none
</#list>
<#list map as key, value>${key}<#sep>;</#list>
<#list items>
  <ul>
  <#items as x, y><#if x><#break></#if><#continue></#items>
  </ul>
</#list>
<#switch n>
  <#-- before the first -->
  <#case 1><#case 2>
    low
    <#break>
  <#default>
    other
</#switch>
<#switch n><#on 1, 2 3>a<#default>b</#switch>
<#attempt>
  ${risky}
<#recover>
  ${.error}
</#attempt>
<#assign a = 1 b += 2, c -= 3 d *= 4 e /= 5 f %= 6 g++ h-- "i j" = 7 in ns>
<#assign block in ns>text</#assign>
<#global x = 1/>
<#macro greet name greeting="Hello" rest...>
  <#local full = name + greeting>
  <#nested full, 1>
  <#return>
</#macro>
<#function add(a, b)><#return a + b></#function>
<#include "a.ftl" parse=false encoding="UTF-8" ignore_missing=true>
<#import "/lib/b.ftl" as b>
<#setting number_format="0.##">
<#compress>  a   b  </#compress>
<#noparse>${not} <#live></#noparse>
<#comment>gone ${x}</#comment>
<#flush><#stop "why"><#t><#lt><#rt><#nt>
