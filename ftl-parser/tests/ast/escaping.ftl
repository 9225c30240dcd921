<#ftl output_format="HTML" attributes={"a": [1]}>
${a}<#noautoesc>${b}<#autoesc>${c?no_esc}</#autoesc></#noautoesc>
<#outputformat "XML">${d}<#outputformat "{RTF}">${e}</#outputformat></#outputformat>
<#outputformat "plainText"><#escape x as x?html>${f}<#noescape>${g}</#noescape></#escape></#outputformat>
