<#if a>${a?upperCase}<#elseIf b>${.dataModel}</#if>
<#noParse>${x}</#noParse>
<#setting numberFormat="0">
