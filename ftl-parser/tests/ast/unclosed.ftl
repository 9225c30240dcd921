<#list a as b>
<#if c>
  <@m>
    ${"x}
