[=a[0]] ${text} #{text} [="x [=y] z"]
<#if x>[=1]</#if>
