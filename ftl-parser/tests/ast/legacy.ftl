<#foreach x in xs>${x}</#foreach>
<#call m(1, 2)><#call m a=1>
<#transform t a=1; b=2>text</#transform>
<#transform t; b=2>text</#transform>
<#visit node using ns><#recurse><#recurse node using [ns]>
<#macro "a b"><#fallback></#macro>
<#include "a"; parse="no">
<#attempt>x<#recover>y</#recover>
